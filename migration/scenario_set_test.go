package migration_test

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/aws/aws-sdk-go-v2/service/elasticache/types"

	"github.com/cachelift/cachelift/simulator"
)

// setSource is "source": version=, dataset=, write-rate=, password=, and the
// word protected.
func (s *scene) setSource(c command) error {
	dataset, err1 := size(c.set["dataset"])
	rate, err2 := size(c.set["write-rate"])
	if dataset > 0 {
		s.source.Dataset = dataset
	}
	s.source.Version, s.source.WriteRate = c.set["version"], rate
	s.source.Password, s.source.Protected = c.set["password"], c.has("protected")
	return errors.Join(err1, err2)
}

// setTarget is "target": replicas=, multi-az=, encryption=.
func (s *scene) setTarget(c command) (err error) {
	s.target.Replicas, err = number(c.set["replicas"])
	s.target.MultiAZ = simulator.Setting(c.set["multi-az"])
	s.target.TransitEncryption = simulator.TransitEncryption(c.set["encryption"])
	return err
}

// setSync is "sync DURATION": how long the full sync takes.
func (s *scene) setSync(c command) error {
	d, err := time.ParseDuration(c.word(0))
	s.scenario.FullSync(d)
	return err
}

// setOption is "option": fields of Options.
func (s *scene) setOption(c command) error {
	var errs []error
	for name, value := range c.set {
		d, err := time.ParseDuration(value)
		switch name {
		case "poll-every":
			s.options.PollEvery = d
		case "in-sync-for":
			s.options.InSyncFor = d
		case "max-write-pause":
			s.options.MaxWritePause = d
		case "cutover-retry-after":
			s.options.CutoverRetryAfter = d
		case "start-retry-after":
			s.options.StartRetryAfter = d
		case "sync-timeout":
			s.options.SyncTimeout = d
		case "waive":
			s.options.Waive, err = strings.Split(value, ","), nil
		case "cutover-attempts":
			s.options.CutoverAttempts, err = number(value)
		default:
			err = fmt.Errorf("there is no option %q", name)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// addFault is "fault KIND": op=, times=, code=, delay=.
func (s *scene) addFault(c command) error {
	s.settle()
	times, err1 := number(c.set["times"])
	delay, err2 := duration(c.set["delay"])
	_, err3 := s.scenario.Sim().Inject(simulator.Fault{
		Kind: simulator.FaultKind(c.word(0)), Operation: c.set["op"], Count: times, Code: c.set["code"], Delay: delay,
	})
	return errors.Join(err1, err2, err3)
}

// schedule is "at DURATION WHAT [VALUE]": cut-links for a while, write-rate,
// stop-source, restart-source, force-stop.
func (s *scene) schedule(c command) error {
	s.settle()
	after, err := time.ParseDuration(c.word(0))
	if err != nil {
		return err
	}
	source := s.scenario.SourceServer()
	switch c.word(1) {
	case "cut-links":
		d, err := time.ParseDuration(c.word(2))
		s.scenario.At(after, func() { source.CutLinks(d) })
		return err
	case "write-rate":
		rate, err := size(c.word(2))
		s.scenario.At(after, func() { source.SetWriteRate(rate) })
		return err
	case "stop-source":
		s.scenario.At(after, source.Stop)
	case "force-stop":
		s.scenario.At(after, s.forceStop)
	case "restart-source":
		s.scenario.At(after, source.Restart)
	default:
		return fmt.Errorf("%q cannot be scheduled", c.word(1))
	}
	return nil
}

// startMigration is a call that the library did not make.
func (s *scene) startMigration() error {
	e := s.scenario.SourceServer().Endpoint()
	_, err := s.scenario.Client().StartMigration(s.t.Context(), &elasticache.StartMigrationInput{
		ReplicationGroupId:       aws.String(s.target.ID),
		CustomerNodeEndpointList: []types.CustomerNodeEndpoint{{Address: aws.String(e.Address), Port: aws.Int32(int32(e.Port))}},
	})
	return err
}

// forceStop is what somebody else may do: it ends the replication.
func (s *scene) forceStop() {
	_, err := s.scenario.Client().CompleteMigration(s.t.Context(), &elasticache.CompleteMigrationInput{
		ReplicationGroupId: aws.String(s.target.ID), Force: aws.Bool(true),
	})
	if err != nil {
		s.t.Errorf("force-stop: %v", err)
	}
}
