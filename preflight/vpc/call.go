package vpc

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/smithy-go"
)

const (
	// callWithin bounds one call: the SDK's own client waits for an answer for
	// ever, and one action that hangs must not keep the rest of the facts away.
	callWithin = 10 * time.Second
	// maxPages ends a list whose tokens lead in a circle.
	maxPages = 100
)

// The greatest page sizes (documented).
const (
	pageSize      = 1000
	smallPageSize = 100 // of route tables and of entries of prefix lists
)

// call makes one call.
func call[Out any](ctx context.Context, action string, do func(context.Context) (Out, error)) (Out, error) {
	ctx, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	out, err := guarded(ctx, do)
	if err != nil {
		return out, failed(action, err)
	}
	return out, nil
}

// errExited is the error of a call that ended its goroutine instead of returning,
// as a test's FailNow does.
var errExited = errors.New("the call ended its goroutine")

// guarded runs the host's code on a goroutine of its own, and waits for its end. It
// makes an error of a panic, which would end the program, and of a call that never
// returns because it ended its goroutine: what comes after it would be left out
// in silence, and what was not read would pass for empty.
func guarded[Out any](ctx context.Context, do func(context.Context) (Out, error)) (Out, error) {
	type result struct {
		out Out
		err error
	}
	done := make(chan result, 1)
	go func() {
		r := result{err: errExited}
		defer func() {
			if v := recover(); v != nil {
				r = result{err: fmt.Errorf("panicked: %v", v)}
			}
			done <- r
		}()
		r.out, r.err = do(ctx)
	}()
	r := <-done
	return r.out, r.err
}

// pages reads a list to its end. It is never nil: part of a list is no fact, so
// an error comes alone.
func pages[Item, Fact any](ctx context.Context, action string, convert func(Item) Fact, page func(ctx context.Context, token *string) ([]Item, *string, error)) ([]Fact, error) {
	type answer struct {
		items []Item
		next  *string
	}
	all := []Fact{}
	var token *string
	for range maxPages {
		a, err := call(ctx, action, func(ctx context.Context) (a answer, err error) {
			a.items, a.next, err = page(ctx, token)
			return a, err
		})
		if err != nil {
			return nil, err
		}
		for _, item := range a.items {
			all = append(all, convert(item))
		}
		if token = a.next; aws.ToString(token) == "" {
			return all, nil
		}
	}
	return nil, fmt.Errorf("ec2:%s: more than %d pages", action, maxPages)
}

// failed says which action failed and, if it was denied, that it has to be
// allowed. EC2's answer to a denied call ends with a long encoded message that
// tells a person nothing.
func failed(action string, err error) error {
	var answer smithy.APIError
	if !errors.As(err, &answer) {
		return fmt.Errorf("ec2:%s: %w", action, err)
	}
	message, _, _ := strings.Cut(answer.ErrorMessage(), "Encoded authorization failure message")
	reason := fmt.Sprintf("ec2:%s: %s: %s", action, answer.ErrorCode(), strings.TrimSpace(message))
	switch answer.ErrorCode() {
	case "UnauthorizedOperation", "AccessDenied", "AccessDeniedException":
		reason += fmt.Sprintf(" (allow the action ec2:%s on resource *)", action)
	}
	return &callError{reason, err}
}

// callError is a short text for an answer of the service.
type callError struct {
	reason string
	err    error
}

func (e *callError) Error() string { return e.reason }
func (e *callError) Unwrap() error { return e.err }

func filter(name string, values ...string) types.Filter {
	return types.Filter{Name: aws.String(name), Values: values}
}
