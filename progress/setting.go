package progress

import (
	"fmt"
	"log/slog"
)

// SettingChanged tells of a setting of the source that the library changes in order
// to pause writes, before it does, and of one that it has put back.
type SettingChanged struct {
	Header
	// Server is the address of the server, "host:port".
	Server string `json:"server"`
	// Setting names what is changed: a parameter of CONFIG, "client pause", "acl
	// user NAME", or "gate" for the host's own.
	Setting string `json:"setting"`
	// Old is the value before. It holds no secret and no part of a key: of an
	// ACL user it is the rules for commands.
	Old string `json:"old"`
	// New is the value from now on.
	New string `json:"new"`
	// PutBack tells that New is what it was before the library changed it.
	PutBack bool `json:"put_back,omitempty"`
}

// Kind returns "setting_changed".
func (SettingChanged) Kind() string { return "setting_changed" }

func (e SettingChanged) stamp(h Header) Event { e.Header = h; return e }

// MarshalJSON implements [json.Marshaler].
func (e SettingChanged) MarshalJSON() ([]byte, error) {
	type plain SettingChanged
	return encode(e.Kind(), plain(e))
}

// String is one line for a person.
func (e SettingChanged) String() string {
	put := ""
	if e.PutBack {
		put = " put back"
	}
	return oneLine(fmt.Sprintf("setting %s of %s%s: %s -> %s", e.Setting, e.Server, put, e.Old, e.New))
}

func (e SettingChanged) attrs() []slog.Attr {
	return []slog.Attr{
		slog.String("server", e.Server), slog.String("setting", e.Setting),
		slog.String("old", e.Old), slog.String("new", e.New), slog.Bool("put_back", e.PutBack),
	}
}
