package node

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// keptPrefix begins the names of the ACL users that keep the rules of those that
// the fence takes rights from: so the server itself holds what to put back,
// whatever becomes of this process. They are off, have no password, and are gone when
// the fence is open.
const keptPrefix = "cachelift:fence:"

// rehearsalMark is an ACL user that keeps nothing, and tells that the fence is one of a
// rehearsal.
const rehearsalMark = keptPrefix

// aclUser is a user as ACL LIST describes it.
type aclUser struct {
	name  string
	rules []string // all but passwords and whether it is on, selectors whole
}

// parseACL reads a line of ACL LIST. Neither names nor rules have spaces in them,
// but for selectors, which stand in brackets.
func parseACL(line string) (aclUser, bool) {
	words := strings.Fields(line)
	if len(words) < 2 || words[0] != "user" {
		return aclUser{}, false
	}
	u := aclUser{name: words[1]}
	selector := ""
	for _, w := range words[2:] {
		switch {
		case selector != "" || strings.HasPrefix(w, "("):
			selector = strings.TrimSpace(selector + " " + w)
			if strings.HasSuffix(w, ")") {
				u.rules, selector = append(u.rules, selector), ""
			}
		case w == "on", w == "off", w == "nopass", w[0] == '#', strings.HasSuffix(w, "-payload"):
		default:
			u.rules = append(u.rules, w)
		}
	}
	return u, selector == ""
}

// rights are the rules that the fence changes: commands, and selectors.
func (u aclUser) rights() []string {
	return slices.DeleteFunc(slices.Clone(u.rules), func(r string) bool {
		return r[0] != '+' && r[0] != '-' && r[0] != '('
	})
}

// selectors are the rules of their own that the user has since Redis 7.0.
func (u aclUser) selectors() []string {
	return slices.DeleteFunc(slices.Clone(u.rules), func(r string) bool { return r[0] != '(' })
}

// patterns are those of the keys that it may name.
func (u aclUser) patterns() []string {
	var out []string
	for _, r := range u.rules {
		if _, pattern, is := strings.Cut(r, "~"); is && (r[0] == '~' || r[0] == '%') {
			out = append(out, pattern)
		}
	}
	return out
}

// permits reports whether the rules permit any command.
func (u aclUser) permits() bool {
	return slices.ContainsFunc(u.rights(), func(r string) bool { return r[0] != '-' })
}

// aclUsers are all users, those that keep rules included.
func (n *Node) aclUsers(ctx context.Context) (map[string]aclUser, error) {
	reply, err := n.do(ctx, "ACL", "LIST")
	if err != nil {
		return nil, err
	}
	lines, _ := reply.([]any)
	users := map[string]aclUser{}
	for i, line := range lines {
		text, _ := line.(string)
		u, ok := parseACL(text)
		if !ok { // the line may hold a password's hash
			return nil, n.failed("ACL LIST", fmt.Errorf("line %d of %d describes no user", i+1, len(lines)))
		}
		users[u.name] = u
	}
	return users, nil
}

// raiseACL takes the right to write from all users that may do anything, those
// that are off included: a connection made before goes on. This package's own user
// loses it too: it needs none, and that its write is refused then is part of the
// proof. Replication does not write in this sense. Before, their rules are kept, and
// it is made sure that they can be kept as they are.
func (n *Node) raiseACL(ctx context.Context, o FenceOrder) error {
	users, err := n.aclUsers(ctx)
	if err != nil {
		return err
	}
	var changes []Change
	var keep, take [][]any
	for _, name := range sortedNames(users) {
		u := users[name]
		if isKept(name) || !u.permits() {
			continue
		}
		rules := []string{"-@write"}
		if len(u.selectors()) > 0 {
			rules = append(rules, "clearselectors")
		}
		take = append(take, u.set(name, rules[0], rules[1:]))
		if _, again := users[keptPrefix+name]; again { // what is kept are the rules from before
			continue
		}
		keep = append(keep, u.set(keptPrefix+name, "reset", u.rules))
		changes = append(changes, Change{Setting: aclSetting(name), Old: describeRights(u), New: strings.Join(rules, " "), Full: strings.Join(u.rights(), " ")})
	}
	if err := o.record(ctx, changes); err != nil {
		return err
	}
	if mark := markOf(users, o.Rehearsal); mark != nil {
		keep = append(keep, mark)
	}
	if err := n.askAll(ctx, keep); err != nil {
		return err
	}
	kept, err := n.aclUsers(ctx)
	if err != nil {
		return err
	}
	for name, u := range users {
		_, before := users[keptPrefix+name]
		if k, is := kept[keptPrefix+name]; is && !before && !slices.Equal(u.rights(), k.rights()) {
			return n.failed("fence", fmt.Errorf("the rules of the user %q cannot be kept as they are: they became others in a copy", name))
		}
	}
	return n.askAll(ctx, take)
}

// markOf is what marks a fence as one of a rehearsal, or no longer as one; nil if it is as
// it should be. The fence of a cut-over stays one.
func markOf(users map[string]aclUser, rehearsal bool) []any {
	_, marked := users[rehearsalMark]
	closed := slices.ContainsFunc(sortedNames(users), isKept)
	switch {
	case marked && !rehearsal:
		return []any{"ACL", "DELUSER", rehearsalMark}
	case rehearsal && !closed:
		return []any{"ACL", "SETUSER", rehearsalMark, "reset"}
	}
	return nil
}

// set is ACL SETUSER with rules of this user.
func (u aclUser) set(name, first string, rules []string) []any {
	command := []any{"ACL", "SETUSER", name, first}
	for _, r := range rules {
		command = append(command, r)
	}
	return command
}

// giveRights puts all rules back that are kept, and looks whether they are what
// they were. A user that somebody has deleted stays so.
func (n *Node) giveRights(ctx context.Context, v fenceView) ([]Change, error) {
	users, err := n.aclUsers(ctx)
	if err != nil {
		return nil, err
	}
	var back []Change
	var commands [][]any
	for _, name := range sortedNames(users) {
		kept, is := users[keptPrefix+name]
		if !is || isKept(name) {
			continue
		}
		rules := kept.rights()
		if len(users[name].selectors()) > 0 { // of somebody else
			rules = append([]string{"clearselectors"}, rules...)
		}
		commands = append(commands, kept.set(name, "-@all", rules))
		back = append(back, Change{Setting: aclSetting(name), Old: describeRights(users[name]), New: describeRights(kept), Full: strings.Join(kept.rights(), " ")})
	}
	if err := n.askAll(ctx, commands); err != nil {
		return nil, err
	}
	now, err := n.aclUsers(ctx)
	if err != nil {
		return nil, err
	}
	forget := []any{"ACL", "DELUSER"}
	for _, k := range v.kept {
		name := strings.TrimPrefix(k, keptPrefix)
		if u, there := now[name]; there && !slices.Equal(u.rights(), now[k].rights()) {
			return nil, n.failed("ACL SETUSER", fmt.Errorf("the user %q did not get its rules back: the user %s has them", name, k))
		}
		forget = append(forget, k)
	}
	_, err = n.do(ctx, forget...)
	return back, err
}

// describeRights are the rights of a user as an event may tell them: without selectors, in
// which there are patterns of keys.
func describeRights(u aclUser) string {
	n := len(u.selectors())
	rights := strings.Join(u.rights()[:len(u.rights())-n], " ")
	if n > 0 {
		rights += fmt.Sprintf(" and %d selectors", n)
	}
	return rights
}

func aclSetting(user string) string { return "acl user " + user }

func isKept(name string) bool { return strings.HasPrefix(name, keptPrefix) }

func sortedNames(users map[string]aclUser) []string {
	names := make([]string, 0, len(users))
	for name := range users {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
