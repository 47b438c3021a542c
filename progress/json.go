package progress

import (
	"bytes"
	"encoding/json"
)

// encode gives the JSON of an event: its kind, its header, its own fields.
// The argument is the event converted to a type without methods, or
// MarshalJSON would call itself.
func encode(kind string, plain any) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(`{"kind":"` + kind + `",`)
	start := b.Len()
	enc := json.NewEncoder(&b)
	// The lines are read by people too, and error texts hold < and >.
	enc.SetEscapeHTML(false)
	if err := enc.Encode(plain); err != nil {
		return nil, err
	}
	out := b.Bytes()
	// The encoder began an object of its own: its brace goes, as does the
	// newline that it ends with.
	return append(out[:start], out[start+1:len(out)-1]...), nil
}

// MarshalJSON implements [json.Marshaler].
func (e RunStarted) MarshalJSON() ([]byte, error) {
	type plain RunStarted
	return encode(e.Kind(), plain(e))
}

// MarshalJSON implements [json.Marshaler].
func (e StateChanged) MarshalJSON() ([]byte, error) {
	type plain StateChanged
	return encode(e.Kind(), plain(e))
}

// MarshalJSON implements [json.Marshaler].
func (e PreflightDone) MarshalJSON() ([]byte, error) {
	type plain PreflightDone
	return encode(e.Kind(), plain(e))
}

// MarshalJSON implements [json.Marshaler].
func (e ActionDone) MarshalJSON() ([]byte, error) {
	type plain ActionDone
	return encode(e.Kind(), plain(e))
}

// MarshalJSON implements [json.Marshaler].
func (e StepCalled) MarshalJSON() ([]byte, error) {
	type plain StepCalled
	return encode(e.Kind(), plain(e))
}

// MarshalJSON implements [json.Marshaler].
func (e ServicePublished) MarshalJSON() ([]byte, error) {
	type plain ServicePublished
	return encode(e.Kind(), plain(e))
}

// MarshalJSON implements [json.Marshaler].
func (e StatusSeen) MarshalJSON() ([]byte, error) {
	type plain StatusSeen
	return encode(e.Kind(), plain(e))
}

// MarshalJSON implements [json.Marshaler].
func (e Sampled) MarshalJSON() ([]byte, error) {
	type plain Sampled
	return encode(e.Kind(), plain(e))
}

// MarshalJSON implements [json.Marshaler].
func (e Diagnosed) MarshalJSON() ([]byte, error) {
	type plain Diagnosed
	return encode(e.Kind(), plain(e))
}

// MarshalJSON implements [json.Marshaler].
func (e Retrying) MarshalJSON() ([]byte, error) {
	type plain Retrying
	return encode(e.Kind(), plain(e))
}

// MarshalJSON implements [json.Marshaler].
func (e Drained) MarshalJSON() ([]byte, error) {
	type plain Drained
	return encode(e.Kind(), plain(e))
}

// MarshalJSON implements [json.Marshaler].
func (e Promoted) MarshalJSON() ([]byte, error) {
	type plain Promoted
	return encode(e.Kind(), plain(e))
}

// MarshalJSON implements [json.Marshaler].
func (e PromotionConfirmed) MarshalJSON() ([]byte, error) {
	type plain PromotionConfirmed
	return encode(e.Kind(), plain(e))
}

// MarshalJSON implements [json.Marshaler].
func (e Noted) MarshalJSON() ([]byte, error) {
	type plain Noted
	return encode(e.Kind(), plain(e))
}

// MarshalJSON implements [json.Marshaler].
func (e ObserverPanicked) MarshalJSON() ([]byte, error) {
	type plain ObserverPanicked
	return encode(e.Kind(), plain(e))
}

// MarshalJSON implements [json.Marshaler].
func (e RunEnded) MarshalJSON() ([]byte, error) {
	type plain RunEnded
	return encode(e.Kind(), plain(e))
}
