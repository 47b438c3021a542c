package vpc

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/smithy-go"

	"github.com/cachelift/cachelift/preflight"
)

const (
	// creating is how long the creation of something may outlast its context:
	// the id in its answer is needed to delete it.
	creating = 1500 * time.Millisecond
	// deleting bounds both deletions together.
	deleting = 2500 * time.Millisecond
)

var errNotAsked = errors.New("no time was left to ask")

// analyzer makes one analysis.
type analyzer struct {
	api      AnalyzerAPI
	every    time.Duration
	from, to string
	port     int32
}

// run makes a path and an analysis of it, waits for its end, and deletes both
// again whatever happens. leftovers say what may be left at AWS, and the command
// lines that delete it.
func (a analyzer) run(ctx context.Context) (result preflight.Analysis, leftovers []error) {
	result = preflight.Analysis{From: a.from, To: a.to}
	path, err := a.createPath(ctx)
	if err != nil {
		result.Err = err.Error()
		return result, a.lostPath(err)
	}
	id, err := a.start(ctx, path)
	if err != nil {
		result.Err = err.Error()
		return result, append(lostAnalysis(err, path), a.delete(ctx, "", path)...)
	}
	result.ID = id
	a.wait(ctx, &result)
	return result, a.delete(ctx, id, path)
}

// create asks for something that has to be deleted, unless ctx has ended.
func create(ctx context.Context, action string, do func(context.Context) (string, error)) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", fmt.Errorf("ec2:%s: %w: %w", action, errNotAsked, err)
	}
	ctx, cancel := outlasting(ctx, creating)
	defer cancel()
	return call(ctx, action, do)
}

func (a analyzer) createPath(ctx context.Context) (string, error) {
	return create(ctx, "CreateNetworkInsightsPath", func(ctx context.Context) (string, error) {
		out, err := a.api.CreateNetworkInsightsPath(ctx, &ec2.CreateNetworkInsightsPathInput{
			ClientToken: aws.String(rand.Text()), Protocol: types.ProtocolTcp,
			Source: aws.String(a.from), Destination: aws.String(a.to), DestinationPort: aws.Int32(a.port),
		})
		if err != nil {
			return "", err
		}
		return aws.ToString(out.NetworkInsightsPath.NetworkInsightsPathId), nil
	})
}

func (a analyzer) start(ctx context.Context, path string) (string, error) {
	return create(ctx, "StartNetworkInsightsAnalysis", func(ctx context.Context) (string, error) {
		out, err := a.api.StartNetworkInsightsAnalysis(ctx, &ec2.StartNetworkInsightsAnalysisInput{
			ClientToken: aws.String(rand.Text()), NetworkInsightsPathId: aws.String(path),
		})
		if err != nil {
			return "", err
		}
		return aws.ToString(out.NetworkInsightsAnalysis.NetworkInsightsAnalysisId), nil
	})
}

// wait asks until the analysis has ended, or ctx has.
func (a analyzer) wait(ctx context.Context, result *preflight.Analysis) {
	tick := time.NewTicker(a.every)
	defer tick.Stop()
	result.Status = string(types.AnalysisStatusRunning)
	for result.Status == string(types.AnalysisStatusRunning) {
		select {
		case <-tick.C:
		case <-ctx.Done():
			result.Err = "no answer in time: " + ctx.Err().Error()
			return
		}
		if err := a.look(ctx, result); err != nil {
			result.Err = err.Error()
			return
		}
	}
}

func (a analyzer) look(ctx context.Context, result *preflight.Analysis) error {
	const action = "DescribeNetworkInsightsAnalyses"
	found, err := call(ctx, action, func(ctx context.Context) ([]types.NetworkInsightsAnalysis, error) {
		out, err := a.api.DescribeNetworkInsightsAnalyses(ctx, &ec2.DescribeNetworkInsightsAnalysesInput{
			NetworkInsightsAnalysisIds: []string{result.ID},
		})
		if err != nil {
			return nil, err
		}
		return out.NetworkInsightsAnalyses, nil
	})
	if err != nil {
		return err
	}
	if len(found) != 1 {
		return fmt.Errorf("ec2:%s: the answer has %d analyses, want 1", action, len(found))
	}
	result.Status = string(found[0].Status)
	switch found[0].Status {
	case types.AnalysisStatusSucceeded:
		result.PathFound = aws.ToBool(found[0].NetworkPathFound)
		result.Explanations = explanations(found[0].Explanations)
	case types.AnalysisStatusRunning:
	default:
		result.Err = fmt.Sprintf("the analysis %s: %s", result.Status, aws.ToString(found[0].StatusMessage))
	}
	return nil
}

// delete deletes the analysis, if there is one, and then the path: one that has
// analyses is refused (documented). ctx may have ended.
func (a analyzer) delete(ctx context.Context, analysis, path string) (leftovers []error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), deleting)
	defer cancel()
	if analysis != "" {
		_, err := call(ctx, "DeleteNetworkInsightsAnalysis", func(ctx context.Context) (*ec2.DeleteNetworkInsightsAnalysisOutput, error) {
			return a.api.DeleteNetworkInsightsAnalysis(ctx, &ec2.DeleteNetworkInsightsAnalysisInput{NetworkInsightsAnalysisId: aws.String(analysis)})
		})
		if err != nil {
			return []error{fmt.Errorf("the analysis %s and its path %s were left at AWS, delete them: %s %s, then %s %s (%w)",
				analysis, path, deleteAnalysis, analysis, deletePath, path, err)}
		}
	}
	_, err := call(ctx, "DeleteNetworkInsightsPath", func(ctx context.Context) (*ec2.DeleteNetworkInsightsPathOutput, error) {
		return a.api.DeleteNetworkInsightsPath(ctx, &ec2.DeleteNetworkInsightsPathInput{NetworkInsightsPathId: aws.String(path)})
	})
	if err != nil {
		return []error{fmt.Errorf("the path %s was left at AWS, delete it: %s %s (%w)", path, deletePath, path, err)}
	}
	return nil
}

// The command lines for a person, without the id.
const (
	deletePath     = "aws ec2 delete-network-insights-path --network-insights-path-id"
	deleteAnalysis = "aws ec2 delete-network-insights-analysis --network-insights-analysis-id"
)

// lostPath and lostAnalysis are nil if it is sure that nothing was made.
// Otherwise the answer with the id may be lost.
func (a analyzer) lostPath(err error) []error {
	if nothingMade(err) {
		return nil
	}
	return []error{fmt.Errorf("a path from %s to %s may have been left at AWS; look for it: "+
		"aws ec2 describe-network-insights-paths --filters Name=source,Values=%s Name=destination,Values=%s, and delete it: %s <its id> (%w)",
		a.from, a.to, a.from, a.to, deletePath, err)}
}

func lostAnalysis(err error, path string) []error {
	if nothingMade(err) {
		return nil
	}
	return []error{fmt.Errorf("an analysis of the path %s may have been left at AWS; look for it: "+
		"aws ec2 describe-network-insights-analyses --network-insights-path-id %s, and delete it: %s <its id> (%w)", path, path, deleteAnalysis, err)}
}

// nothingMade tells that the service refused, or was not asked.
func nothingMade(err error) bool { return errors.Is(err, errNotAsked) || refused(err) }

// refused tells that an error is an answer of the service, and none of those by
// which it says that something went wrong inside (documented error codes).
func refused(err error) bool {
	var answer smithy.APIError
	if !errors.As(err, &answer) {
		return false
	}
	switch answer.ErrorCode() {
	case "InternalError", "InternalFailure", "InternalServerError", "ServiceUnavailable", "Unavailable":
		return false
	}
	return true
}

// outlasting returns a context that ends the given time after its parent.
func outlasting(parent context.Context, by time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(parent))
	late := make(chan *time.Timer, 1)
	stop := context.AfterFunc(parent, func() { late <- time.AfterFunc(by, cancel) })
	return ctx, func() {
		if !stop() {
			(<-late).Stop()
		}
		cancel()
	}
}
