package main

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/cachelift/cachelift/verify"
)

// verifyHelp is the documentation of verify.
const verifyHelp = `Compare two servers key by key; change nothing.

Both directions: keys that are missing on the target and keys that only it has;
of each key the type, the value down to its elements, and when it expires. What
differs is looked at again until it is proven or turns out to be a write in flight.
Works with any two Redis or Valkey servers; needs no AWS and no plan.

  cachelift verify --source 10.0.0.5:6379 --target prod-cache.abc123.use1.cache.amazonaws.com:6379
  cachelift verify --source ... --target ... --mode sample --loss-rate 0.00001 --max-latency 2ms
  cachelift verify --source ... --target ... --output csv > differences.csv

While the target follows the source it may run at any time. After the promotion it
says something only until the application writes to the target.

CACHELIFT_SOURCE_PASSWORD and CACHELIFT_TARGET_PASSWORD are the passwords. The users
need what docs/verify.md lists; with less it says what is weaker. With --source-tls and
--target-tls the certificates of this system are trusted, or those that SSL_CERT_FILE
names.

Output. text is the report with the first differences, json one line with "kind":
"difference" each as it is found and at last one with "kind":"result", csv a row each;
then the report goes to stderr. Progress goes to stderr. Values are shown as lengths
and digests unless --values show.

--checkpoint keeps how far it is, so that the same command goes on there after Ctrl-C
or a crash. Differences that were told before are counted and not told again.

Exit codes:
  0  equal
  1  failed, interrupted, or not proven: nothing differs as far as could be compared
  2  wrong usage
  4  different, also if only the expiry differs by more than --expiry-tolerance`

// verifyFlags are the command line of verify.
type verifyFlags struct {
	source, target                 string
	sourceUsername, targetUsername string
	sourceTLS, targetTLS           bool
	output                         string
	maxDifferences                 int
	mode, values                   string
	tolerance                      time.Duration
	sample                         verify.Sample
	match                          string
	types                          []string
	dbs                            []int
	limits                         verify.Limits
	parallel                       int
	waitFor                        time.Duration
	checkpoint                     string
}

func (f *verifyFlags) register(s *pflag.FlagSet) {
	s.SortFlags = false
	s.StringVar(&f.source, "source", "", "`host:port` of the server that has the data")
	s.StringVar(&f.target, "target", "", "`host:port` of the server that should have the same")
	s.StringVar(&f.mode, "mode", "full", "`mode`: counts (names and types), sample (names, and all of a random sample) or full")
	s.StringVar(&f.output, "output", "text", "`format` of stdout: text, json or csv")
	s.IntVar(&f.maxDifferences, "max-differences", 20, "`number` of differences that text shows; json and csv have all")
	s.StringVar(&f.values, "values", "digest", "`how` differences show values: digest or show")
	s.DurationVar(&f.tolerance, "expiry-tolerance", time.Second, "`time` by which the expiry of a key may differ")
	s.Int64Var(&f.sample.Size, "sample-size", 0, "`number` of keys of a sample, instead of --loss-rate")
	s.Float64Var(&f.sample.LossRate, "loss-rate", 0, "`share` of keys that differ from which on a sample is to find one (default 0.0001)")
	s.Float64Var(&f.sample.Confidence, "confidence", 0, "`probability` with which it is to (default 0.99)")
	s.StringVar(&f.match, "match", "", "`pattern` of the keys to compare, as SCAN MATCH has it (default: all)")
	s.StringArrayVar(&f.types, "type", nil, "`type` of the keys to compare, e.g. hash; may be repeated (default: all)")
	s.IntSliceVar(&f.dbs, "db", nil, "`number` of a database to compare; may be repeated (default: all)")
	s.Int64Var(&f.limits.KeysPerSecond, "keys-per-second", 0, "most keys a second that each side is asked for (default: no limit)")
	s.Int64Var(&f.limits.BytesPerSecond, "bytes-per-second", 0, "most bytes a second that are read from each side (default: no limit)")
	s.DurationVar(&f.limits.Latency, "max-latency", 0, "longest `time` that a PING of others may take on either side: reading slows down (default: not measured)")
	s.IntVar(&f.parallel, "parallel", 1, "`number` of connections to each side; more help over a far network")
	s.DurationVar(&f.waitFor, "wait-for", 2*time.Minute, "`time` that a server may be away in the middle, or load its data")
	s.StringVar(&f.checkpoint, "checkpoint", "", "`file` that keeps how far it is, removed at the end")
	s.StringVar(&f.sourceUsername, "source-username", "", "ACL `user` on the source (default: the default user)")
	s.StringVar(&f.targetUsername, "target-username", "", "ACL `user` on the target (default: the default user)")
	s.BoolVar(&f.sourceTLS, "source-tls", false, "connect to the source by TLS")
	s.BoolVar(&f.targetTLS, "target-tls", false, "connect to the target by TLS")
}

// options checks everything and reports all that is wrong at once.
func (f *verifyFlags) options() (verify.Options, error) {
	errs := []error{checkAddress("--source", f.source), checkAddress("--target", f.target)}
	if f.source == f.target && f.source != "" {
		errs = append(errs, fmt.Errorf("--target is %q, which is --source too, want another server", f.target))
	}
	if !slices.Contains([]string{"text", "json", "csv"}, f.output) {
		errs = append(errs, fmt.Errorf("--output is %q, want text, json or csv", f.output))
	}
	if f.maxDifferences < 0 {
		errs = append(errs, fmt.Errorf("--max-differences is %d, want 0 or more", f.maxDifferences))
	}
	if f.mode == "" || f.values == "" {
		errs = append(errs, errors.New("--mode or --values is empty, want one of their words"))
	}
	opts := verify.Options{
		Mode: verify.Mode(f.mode), Values: verify.Values(f.values), ExpiryTolerance: f.tolerance, Sample: f.sample,
		Match: f.match, Types: f.types, DBs: f.dbs, Source: f.limits, Target: f.limits, Parallel: f.parallel, WaitFor: f.waitFor,
		ReportFirst: -1,
	}
	if f.tolerance == 0 {
		opts.ExpiryTolerance = -1 // none at all
	} else if f.tolerance < 0 {
		errs = append(errs, fmt.Errorf("--expiry-tolerance is %v, want 0s or more", f.tolerance))
	}
	if f.output == "text" && f.maxDifferences > 0 {
		opts.ReportFirst = f.maxDifferences
	}
	if f.checkpoint != "" {
		opts.Checkpoint = verify.FileCheckpoint(f.checkpoint)
	}
	if err := opts.Validate(); err != nil {
		errs = append(errs, inFlags(err)...)
	}
	return opts, errors.Join(errs...)
}

// checkAddress wants host:port.
func checkAddress(flag, address string) error {
	if address == "" {
		return fmt.Errorf("%s is missing, want host:port", flag)
	}
	host, port, err := net.SplitHostPort(address)
	n, portErr := strconv.Atoi(port)
	if err != nil || portErr != nil || host == "" || n < 1 || n > 65535 || strings.ContainsAny(host, ",/@ ") {
		return fmt.Errorf("%s is %q, want one host:port with a port from 1 to 65535, e.g. 10.0.0.5:6379", flag, address)
	}
	return nil
}

// inFlags says of the library's errors which flags they mean, each once: limits are
// for both sides.
func inFlags(err error) []error {
	flags := strings.NewReplacer(
		"verify: Options.Sample has a Size and a LossRate or Confidence", "--sample-size is set, and --loss-rate or --confidence",
		"verify: Options.Sample is set and Options.Mode is", "--sample-size, --loss-rate or --confidence is set and --mode is",
		"verify: Options.Sample.Size", "--sample-size", "verify: Options.Sample.LossRate", "--loss-rate", "verify: Options.Sample.Confidence", "--confidence",
		"verify: Options.Mode", "--mode", "verify: Options.Values", "--values", "verify: Options.Types", "--type", "verify: Options.DBs", "--db",
		"verify: Options.Source.KeysPerSecond", "--keys-per-second", "verify: Options.Target.KeysPerSecond", "--keys-per-second",
		"verify: Options.Source.BytesPerSecond", "--bytes-per-second", "verify: Options.Target.BytesPerSecond", "--bytes-per-second",
		"verify: Options.Source.Latency", "--max-latency", "verify: Options.Target.Latency", "--max-latency",
		"verify: Options.Parallel", "--parallel", "verify: Options.WaitFor", "--wait-for", "verify: Options.ExpiryTolerance", "--expiry-tolerance",
	)
	var all []error
	var told []string
	for _, e := range flatten(err) {
		if text := flags.Replace(e.Error()); !slices.Contains(told, text) {
			told = append(told, text)
			all = append(all, errors.New(text))
		}
	}
	return all
}
