// Package memory is a model of Redis servers and of the replication between
// them: servers that answer clients over connections in memory, with offsets,
// phases and rates that are worked out when somebody asks.
//
// Nothing runs by itself. Each question first brings the model from the time
// of the last one to the present, event by event in the order of their times,
// so that the answer does not depend on how often anybody looks. Goroutines
// exist for connections alone, and all they wait for are channels and timers:
// inside a synctest bubble, time goes on as if nobody was there.
package memory
