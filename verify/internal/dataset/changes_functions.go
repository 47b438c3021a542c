package dataset

import (
	"context"
	"errors"
	"strconv"
)

// CorruptFunctions changes one function library, deletes one and adds one. The
// set must have two or more.
func (c *Corruptor) CorruptFunctions(ctx context.Context) ([]Difference, error) {
	if c.set.Odd < 2 || c.set.Old {
		return nil, errors.New("the set has not got two function libraries")
	}
	client := c.clients[0]
	err := errors.Join(
		client.FunctionLoadReplace(ctx, library(0, 43)).Err(),
		client.FunctionDelete(ctx, "library1").Err(),
		client.FunctionLoad(ctx, library(c.set.Odd, 42)).Err(),
	)
	return []Difference{
		{Key: "library0", Type: typeFunction, Class: Value, How: "function: a library differs"},
		{Key: "library1", Type: typeFunction, Class: Missing, How: "function: a library is missing"},
		{Key: "library" + strconv.Itoa(c.set.Odd), Type: typeFunction, Class: Extra, How: "function: one library more"},
	}, err
}
