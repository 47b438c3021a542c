package main

import (
	"bufio"
	"errors"
	"fmt"
	"strings"
)

// confirm says what is about to happen and asks, unless --yes is given. It
// returns exitDone to go ahead.
func (a app) confirm(yes bool, intent string) int {
	if yes {
		return exitDone
	}
	fmt.Fprint(a.err, intent)
	if !a.canAsk {
		return a.usage(errors.New("--yes is missing: it is needed for what is listed above, because stdin is not a terminal"))
	}
	fmt.Fprint(a.err, "Type yes to go ahead: ")
	answer, err := bufio.NewReader(a.in).ReadString('\n')
	if strings.TrimSpace(answer) == "yes" {
		return exitDone
	}
	if err != nil {
		fmt.Fprintln(a.err)
	}
	fmt.Fprintln(a.err, "Nothing was changed.")
	return exitFailed
}
