package migration_test

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/progress"
)

// SourceFence pauses writes on the source itself; the host says how its
// application finds the target.
func ExampleNewSourceFence() {
	ctx := context.Background()
	lab := startLab(ctx)
	defer lab.close()

	config := map[string]string{"redis": lab.source.String()}
	opts := quick()
	opts.Cutover = migration.NewSourceFence(func(_ context.Context, to migration.Endpoint) error {
		config["redis"] = to.String() // the same again, if it is called again
		return nil
	})
	m, err := migration.New(lab.plan(), lab.client, opts)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = m.Run(ctx)
	fmt.Println(err, config["redis"] == lab.group.PrimaryEndpoint().String())
	// Output: <nil> true
}

// zoneCutover pauses writes by the embedded fence and switches by itself.
type zoneCutover struct {
	*migration.SourceFence
	point func(ctx context.Context, name, address string) error
}

// Switch calls the fence's Switch last, which releases those that wait.
func (c *zoneCutover) Switch(ctx context.Context, to migration.Endpoint) error {
	if err := c.point(ctx, "redis.example.com", to.Address); err != nil {
		return err
	}
	return c.SourceFence.Switch(ctx, to)
}

// A Switch with state of its own embeds the fence.
func ExampleSourceFence() {
	ctx := context.Background()
	lab := startLab(ctx)
	defer lab.close()

	opts := quick()
	opts.Cutover = &zoneCutover{
		SourceFence: migration.NewSourceFence(nil),
		point: func(_ context.Context, name, address string) error {
			fmt.Println(name, "is now", address)
			return nil
		},
	}
	m, err := migration.New(lab.plan(), lab.client, opts)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = m.Run(ctx)
	fmt.Println(err)
	// Output:
	// redis.example.com is now 127.0.0.1
	// <nil>
}

// flagCutover is for an application with a switch of its own: all its writers
// obey a flag. Here the flag is in memory; a real one outlives the process,
// because WritesPaused is asked by the process that comes after a crash.
type flagCutover struct {
	readOnly atomic.Bool
	address  atomic.Value
}

// PauseWrites would also wait until every writer has seen the flag.
func (c *flagCutover) PauseWrites(context.Context) error { c.readOnly.Store(true); return nil }

func (c *flagCutover) ResumeWrites(context.Context) error { c.readOnly.Store(false); return nil }

func (c *flagCutover) WritesPaused(context.Context) (bool, error) { return c.readOnly.Load(), nil }

func (c *flagCutover) Switch(_ context.Context, to migration.Endpoint) error {
	c.address.Store(to.String())
	return nil
}

// A Cutover of one's own pauses writes where the application is, not on the
// source.
func ExampleCutover() {
	ctx := context.Background()
	lab := startLab(ctx)
	defer lab.close()

	cutover := &flagCutover{}
	opts := quick()
	opts.Cutover = cutover
	m, err := migration.New(lab.plan(), lab.client, opts)
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := m.RunUntil(ctx, progress.StateInSync); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("read-only:", cutover.readOnly.Load())
	if _, err := m.Run(ctx); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("switched:", cutover.address.Load() == lab.group.PrimaryEndpoint().String())
	// Output:
	// read-only: false
	// switched: true
}
