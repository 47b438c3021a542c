package main

import (
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/cachelift/cachelift/migration"
)

// workflow shows the states of a migration. A program that puts steps of its
// own into a migration.Workflow shows them in the same way.
func (a app) workflow() *cobra.Command {
	var (
		diagram bool
		output  string
	)
	c := &cobra.Command{
		Use: "workflow", Short: "Show the states of a migration", Args: cobra.NoArgs,
		Long: `Show the states of a migration, in their order: which run inside the write pause,
which lie behind the point of no return. Needs no AWS and changes nothing.`,
		RunE: func(*cobra.Command, []string) error {
			if err := a.writeWorkflow(migration.DefaultWorkflow(), diagram, output); err != nil {
				return exit(a.usage(err))
			}
			return nil
		},
	}
	c.Flags().BoolVar(&diagram, "diagram", false, "print a Mermaid state diagram instead of a table")
	c.Flags().StringVar(&output, "output", "text", "`format` of stdout: text or json")
	return c
}

func (a app) writeWorkflow(w migration.Workflow, diagram bool, output string) error {
	switch {
	case output != "text" && output != "json":
		return fmt.Errorf("--output is %q, want text or json", output)
	case diagram && output == "json":
		return errors.New("--diagram is set and --output is json, want one of them: a diagram is text")
	case diagram:
		_, err := io.WriteString(a.out, w.Mermaid())
		return err
	case output == "json":
		return writeJSON(a.out, w.Steps())
	}
	t := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "STATE\tWRITES\tCAN GO BACK")
	for _, s := range w.Steps() {
		writes, back := "open", "yes"
		if s.InPause {
			writes = "paused"
		}
		if s.PastNoReturn {
			back = "no"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\n", s.State, writes, back)
	}
	return t.Flush()
}
