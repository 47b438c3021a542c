// Package lab stands in for the world around a deployment tool: a server to
// migrate from, a simulated ElastiCache, a name server, and an office that
// decides tickets. Nothing in it is for copying.
package lab
