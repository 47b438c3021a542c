// Package rdb takes the payloads of DUMP apart: every encoding that Redis, from
// 2.8 on, and Valkey write, down to the elements, so that values can be compared
// whatever they are kept in. The payload of equal values differs between a
// master and its replica in one case in twenty.
//
// The format is that of RDB files: a byte for the type, the value, and a footer
// of the RDB version in two bytes and a checksum in eight. The checksum is not
// looked at: TCP has its own, and a payload that is damaged is a difference.
package rdb
