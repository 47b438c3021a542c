package node

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/cachelift/cachelift/internal/retry"
)

// Classify tells what kind of failure an error of this package is.
func Classify(err error) retry.Class {
	var reply redis.Error
	if errors.As(err, &reply) {
		return classifyReply(reply.Error())
	}
	var (
		unknownCA x509.UnknownAuthorityError
		wrongHost x509.HostnameError
		verify    *tls.CertificateVerificationError
		notTLS    tls.RecordHeaderError
		network   net.Error
	)
	switch {
	case err == nil:
		return retry.Unknown
	case errors.Is(err, ErrNoFence):
		return retry.Permanent
	case errors.Is(err, errChanged):
		return retry.Busy
	case errors.Is(err, context.Canceled):
		return retry.Canceled
	case errors.As(err, &unknownCA), errors.As(err, &wrongHost),
		errors.As(err, &verify), errors.As(err, &notTLS),
		errors.Is(err, errClosed):
		return retry.Permanent
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network),
		errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed),
		errors.Is(err, errStale), errors.Is(err, redis.ErrPoolTimeout):
		return retry.Transport
	}
	return retry.Unknown
}

// classifyReply goes by the code in capitals that begins an error reply. The
// texts that begin with ERR are those of servers that had no better code.
func classifyReply(text string) retry.Class {
	switch {
	case beginsWith(text, "LOADING", "BUSY", "TRYAGAIN", "MASTERDOWN", "CLUSTERDOWN",
		"ERR max number of clients"):
		return retry.Busy
	case beginsWith(text, "NOAUTH", "WRONGPASS", "NOPERM", "DENIED",
		"ERR invalid password", "ERR Client sent AUTH", "ERR AUTH"):
		return retry.Permission
	}
	return retry.Permanent
}

func beginsWith(text string, prefixes ...string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(text, p) })
}

// IsTimeout reports whether no answer came in time. A server that loads or
// forks can be slow for seconds: it need not be dead.
func IsTimeout(err error) bool {
	var network net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &network) && network.Timeout()
}

// isReply reports whether err is an error reply of the server that begins with
// prefix.
func isReply(err error, prefix string) bool {
	var reply redis.Error
	return errors.As(err, &reply) && strings.HasPrefix(reply.Error(), prefix)
}

// isUnknown reports whether the server answered that it has no such command or
// subcommand; in words that differ from version to version.
func isUnknown(err error) bool {
	var reply redis.Error
	if !errors.As(err, &reply) {
		return false
	}
	text := strings.ToLower(reply.Error())
	return strings.HasPrefix(text, "err unknown") || strings.HasPrefix(text, "err syntax error")
}
