package simulator_test

import (
	"fmt"
	"time"

	"github.com/cachelift/cachelift/simulator"
)

// To change single delays start from one of the two.
func ExampleFastTiming() {
	timing := simulator.FastTiming()
	timing.Promotion = 300 * time.Millisecond
	fmt.Println(timing.Promotion, timing.StartDelay)
	// Output: 300ms 20ms
}

// By default it takes as long as at AWS.
func ExampleDefaultTiming() {
	timing := simulator.DefaultTiming()
	fmt.Println(timing.StartDelay, timing.Promotion, timing.Settle)
	// Output: 45s 1m0s 30s
}
