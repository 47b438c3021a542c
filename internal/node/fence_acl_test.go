package node_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cachelift/cachelift/internal/node"
	"github.com/cachelift/cachelift/preflight"
	"github.com/cachelift/cachelift/simulator"
)

// withUsers is a server whose CONFIG is disabled, with users of all kinds.
func withUsers(t *testing.T) *simulator.Redis {
	t.Helper()
	server := startRedis(t, "--rename-command", "CONFIG", "")
	app := application(t, server.Addr())
	for _, rules := range []string{
		"alice on >secret1 ~app:* +@all -@admin (+set ~x:*) (%R~y:* +get)",
		"bob off nopass %W~* +get|x +client|list +incr &news",
		"reader on >secret2 ~* +@read",
		"nobody on nopass",
		"lift on >sesame ~* &* +@all",
	} {
		args := []any{"ACL", "SETUSER"}
		for r := range strings.FieldsSeq(strings.ReplaceAll(strings.ReplaceAll(rules, "+set ~x:*", "+set_~x:*"), "%R~y:* +get", "%R~y:*_+get")) {
			args = append(args, strings.ReplaceAll(r, "_", " "))
		}
		if err := app.Do(t.Context(), args...).Err(); err != nil {
			t.Fatal(err)
		}
	}
	return server
}

func aclList(t *testing.T, addr string) []string {
	t.Helper()
	list, err := application(t, addr).Do(t.Context(), "ACL", "LIST").StringSlice()
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func asLift(t *testing.T, addr string) *node.Node {
	t.Helper()
	return open(t, node.Config{Address: addr, Username: "lift", Password: password("sesame")})
}

// TestACLIsPutBackExactly: every user, by another process, however often either is
// called; and what is told of it holds no secret and no pattern of a key.
func TestACLIsPutBackExactly(t *testing.T) {
	t.Parallel()
	server := withUsers(t)
	before := aclList(t, server.Addr())
	var told []node.Change
	for range 2 {
		rung, err := asLift(t, server.Addr()).CloseFence(t.Context(), node.FenceOrder{Budget: time.Minute, Record: func(_ context.Context, c []node.Change) error {
			if now := aclList(t, server.Addr()); len(told) == 0 && !slices.Equal(now, before) {
				t.Errorf("users were changed before it was recorded: %v", now)
			}
			told = append(told, c...)
			return nil
		}})
		if err != nil || rung != preflight.FenceACL {
			t.Fatalf("closed by %s, %v", rung, err)
		}
		if closed, err := asLift(t, server.Addr()).FenceClosed(t.Context()); err != nil || !closed {
			t.Fatalf("closed %t, %v, want another process to see it", closed, err)
		}
	}
	var settings []string
	for _, c := range told {
		settings = append(settings, c.Setting)
		if text := c.Old + c.New; strings.ContainsAny(text+c.Full, "#>") || strings.Contains(text, "~") || c.Full == "" {
			t.Errorf("it is told too much or too little: %+v", c)
		}
	}
	if want := []string{"acl user alice", "acl user bob", "acl user default", "acl user lift", "acl user reader"}; !slices.Equal(settings, want) {
		t.Errorf("changed are %v, want %v", settings, want)
	}
	for range 2 {
		if err := openFence(t.Context(), asLift(t, server.Addr())); err != nil {
			t.Fatal(err)
		}
		if now := aclList(t, server.Addr()); !slices.Equal(now, before) {
			t.Fatalf("users are\n%s\nwant\n%s", strings.Join(now, "\n"), strings.Join(before, "\n"))
		}
	}
	if closed, err := asLift(t, server.Addr()).FenceClosed(t.Context()); err != nil || closed {
		t.Errorf("closed %t, %v after opening", closed, err)
	}
}

// TestACLFenceSeesHoles: rights that somebody gives while it is closed, and users
// that are made then.
func TestACLFenceSeesHoles(t *testing.T) {
	t.Parallel()
	for _, hole := range []string{"ACL SETUSER alice +set", "ACL SETUSER late on nopass ~* +@all", "ACL SETUSER lift +@all", "ACL SETUSER bob +set"} {
		server := withUsers(t)
		n := asLift(t, server.Addr())
		if err := closeFence(t.Context(), n, time.Minute); err != nil {
			t.Fatal(err)
		}
		command(t, application(t, server.Addr()), hole)
		if closed, err := n.FenceClosed(t.Context()); err != nil || closed {
			t.Errorf("%s: closed %t, %v", hole, closed, err)
		}
		if err := closeFence(t.Context(), n, time.Minute); err != nil {
			t.Errorf("%s: closing it again: %v", hole, err)
		}
		if closed, err := n.FenceClosed(t.Context()); err != nil || !closed {
			t.Errorf("%s: closed %t, %v after it was closed again", hole, closed, err)
		}
		if err := openFence(t.Context(), n); err != nil {
			t.Errorf("%s: %v", hole, err)
		}
	}
}

// TestACLFenceIsUndone: a proof that fails, or a record, leaves the users as they
// were; a user that was deleted meanwhile does not come back.
func TestACLFenceIsUndone(t *testing.T) {
	t.Parallel()
	server := withUsers(t)
	before := aclList(t, server.Addr())
	n := asLift(t, server.Addr())
	full := errors.New("the disk is full")
	_, err := n.CloseFence(t.Context(), node.FenceOrder{Budget: time.Minute, Record: func(context.Context, []node.Change) error { return full }})
	if !errors.Is(err, full) || !slices.Equal(aclList(t, server.Addr()), before) {
		t.Errorf("%v; users are %v", err, aclList(t, server.Addr()))
	}
	if err := closeFence(t.Context(), n, time.Minute); err != nil {
		t.Fatal(err)
	}
	command(t, application(t, server.Addr()), "ACL DELUSER bob")
	if err := openFence(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	want := slices.DeleteFunc(before, func(line string) bool { return strings.HasPrefix(line, "user bob ") })
	if now := aclList(t, server.Addr()); !slices.Equal(now, want) {
		t.Errorf("users are %v, want %v", now, want)
	}
}

// TestReplicationGoesOnBehindACL: a replica keeps its link, and one that comes
// without credentials later gets all.
func TestReplicationGoesOnBehindACL(t *testing.T) {
	t.Parallel()
	server := withUsers(t)
	first := open(t, node.Config{Address: replicaOf(t, server.Addr()).Addr()})
	linked := func(n *node.Node, at int64) func() bool {
		return func() bool {
			role, err := n.Role(t.Context())
			return err == nil && string(role.Link) == "connected" && role.Offset >= at
		}
	}
	eventually(t, "the replica is linked", linked(first, 0))
	command(t, application(t, server.Addr()), "SET k v")
	n := asLift(t, server.Addr())
	if err := closeFence(t.Context(), n, time.Minute); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the replica has all", linked(first, offset(t, n)))
	late := replicaOf(t, server.Addr())
	eventually(t, "a late replica has all", linked(open(t, node.Config{Address: late.Addr()}), offset(t, n)))
	if got := application(t, late.Addr()).Get(t.Context(), "k").Val(); got != "v" {
		t.Errorf("the late replica has %q", got)
	}
}
