package wire

import (
	"net"
	"strconv"
	"strings"
)

// CustomerEndpoint is one entry of CustomerNodeEndpointList.
type CustomerEndpoint struct {
	// Address is an IP address or host name.
	Address string
	// Port is 1 to 65535.
	Port int
}

const endpointList = "CustomerNodeEndpointList"

// CustomerEndpoint returns the one entry of CustomerNodeEndpointList. None, or
// more than one, is an InvalidParameterValue (documented: the list should hold
// exactly one element; the code is assumed). The list may be spelt
// "...List.member.N.Field", as clients do, or "...List.N.Field".
func (q Request) CustomerEndpoint() (CustomerEndpoint, error) {
	entries := map[int]map[string]string{}
	for key := range q.values {
		rest, ok := strings.CutPrefix(key, endpointList+".")
		if !ok {
			continue
		}
		rest = strings.TrimPrefix(rest, "member.")
		index, field, _ := strings.Cut(rest, ".")
		n, err := strconv.Atoi(index)
		if err != nil || n < 1 {
			return CustomerEndpoint{}, InvalidValue("The parameter %s is not a list member", clip(key))
		}
		if entries[n] == nil {
			entries[n] = map[string]string{}
		}
		entries[n][field] = strings.TrimSpace(q.String(key))
	}
	if len(entries) != 1 {
		return CustomerEndpoint{}, InvalidValue("%s must contain exactly one endpoint, got %d", endpointList, len(entries))
	}
	for _, fields := range entries {
		return checkEndpoint(fields["Address"], fields["Port"])
	}
	return CustomerEndpoint{}, nil // not reached: there is one entry
}

func checkEndpoint(address, port string) (CustomerEndpoint, error) {
	if !validHost(address) {
		return CustomerEndpoint{}, InvalidValue("Address %q in %s is not an IP address or host name", clip(address), endpointList)
	}
	n, err := strconv.Atoi(port)
	if err != nil || n < 1 || n > 65535 {
		return CustomerEndpoint{}, InvalidValue("Port %q in %s must be a number between 1 and 65535", clip(port), endpointList)
	}
	return CustomerEndpoint{Address: address, Port: n}, nil
}

func validHost(s string) bool {
	if net.ParseIP(s) != nil {
		return true
	}
	if s == "" || len(s) > 253 || strings.Trim(s, "-.") != s {
		return false
	}
	return strings.IndexFunc(s, func(r rune) bool {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		digit := r >= '0' && r <= '9'
		return !letter && !digit && r != '-' && r != '.' && r != '_'
	}) < 0
}
