package preflight_test

import (
	"fmt"
	"os"

	"github.com/cachelift/cachelift/preflight"
)

// A report goes to a terminal, a file or a ticket.
func ExampleReport_WriteText() {
	report := preflight.Judge(facts(), preflight.Builtin()[:3], nil)
	if err := report.WriteText(os.Stdout); err != nil {
		fmt.Println(err)
	}
	// Output:
	// pass     target.exists        The replication group exists: exists
	// pass     target.status        The replication group is available: status "available"
	// pass     target.cluster-mode  Cluster mode is off on the target: cluster mode not given, ClusterEnabled false
	// 3 checks: 3 passed, 0 failed, 0 unknown; nothing blocks
}
