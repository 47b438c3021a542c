package wire

import "fmt"

// Value is a whole reply, for what is asked seldom.
type Value struct {
	Kind  byte
	Int   int64
	Text  string  // of a Simple, Error or Bulk
	Array []Value // of an Array
	Nil   bool
}

// Err returns the error of an error reply, as a [Refused].
func (v Value) Err() error {
	if v.Kind == Error {
		return Refused(v.Text)
	}
	return nil
}

// Refused is an error reply of the server.
type Refused string

// Error returns the server's text.
func (r Refused) Error() string { return string(r) }

// deepest bounds how deep replies are nested.
const deepest = 16

// longest bounds a string in a Value.
const longest = 64 << 20

// Value reads a whole reply.
func (c *Conn) Value() (Value, error) { return c.value(deepest) }

func (c *Conn) value(depth int) (Value, error) {
	r, err := c.Next()
	if err != nil {
		return Value{}, err
	}
	v := Value{Kind: r.Kind, Int: r.N, Nil: r.Nil()}
	switch {
	case v.Nil:
	case r.Kind == Simple, r.Kind == Error:
		v.Text = string(r.Line)
	case r.Kind == Bulk && r.N > longest:
		return Value{}, fmt.Errorf("%w: a string of %d bytes", ErrProtocol, r.N)
	case r.Kind == Bulk:
		b, err := c.Body(r.N)
		if err != nil {
			return Value{}, err
		}
		v.Text = string(b)
	case r.Kind == Array:
		if depth == 0 {
			return Value{}, fmt.Errorf("%w: nested too deep", ErrProtocol)
		}
		for range r.N {
			e, err := c.value(depth - 1)
			if err != nil {
				return Value{}, err
			}
			v.Array = append(v.Array, e)
		}
	}
	return v, nil
}

// Ask sends a command and reads the whole reply. An error reply is an error.
func (c *Conn) Ask(words ...string) (Value, error) {
	c.Do(words...)
	v, err := c.Value()
	if err == nil {
		err = v.Err()
	}
	return v, err
}

// Pairs returns an array of names and values as a map.
func (v Value) Pairs() map[string]Value {
	m := make(map[string]Value, len(v.Array)/2)
	for i := 0; i+1 < len(v.Array); i += 2 {
		m[v.Array[i].Text] = v.Array[i+1]
	}
	return m
}
