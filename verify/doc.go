// Package verify proves that two Redis servers hold the same data, or says
// exactly what differs.
package verify
