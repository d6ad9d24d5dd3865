package server

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
)

// FaultKind is what a fault does.
type FaultKind string

// The kinds of faults.
const (
	// Throttle answers the service's error of too many requests.
	Throttle FaultKind = "throttle"
	// InternalError answers the service's internal error, with status 500.
	InternalError FaultKind = "error"
	// Slow lets the call wait and then run.
	Slow FaultKind = "slow"
)

// Fault makes some calls of an operation fail or slow, as AWS's do now and
// then, so that clients can test their retries.
type Fault struct {
	// Operation is a name such as GetId, or "*" for every operation.
	Operation string
	Kind      FaultKind
	// Probability is the share of calls that are hit, from 0 to 1.
	Probability float64
	// Delay is how long a slow call waits.
	Delay time.Duration
}

// maxDelay bounds slow calls.
const maxDelay = time.Minute

// ParseFault reads a rule: OPERATION=throttle:P, OPERATION=error:P or
// OPERATION=slow:P:TIME.
func ParseFault(rule string) (Fault, error) {
	operation, what, _ := strings.Cut(rule, "=")
	parts := strings.Split(what, ":")
	f := Fault{Operation: operation, Kind: FaultKind(parts[0])}
	wantParts := map[FaultKind]int{Throttle: 2, InternalError: 2, Slow: 3}[f.Kind]
	if len(parts) != wantParts {
		return f, fmt.Errorf("%q is not OPERATION=throttle:P, OPERATION=error:P or OPERATION=slow:P:TIME", rule)
	}
	var err error
	if f.Probability, err = strconv.ParseFloat(parts[1], 64); err != nil {
		return f, fmt.Errorf("%q: the probability is not a number", rule)
	}
	if f.Kind == Slow {
		if f.Delay, err = time.ParseDuration(parts[2]); err != nil {
			return f, fmt.Errorf("%q: the time is not a duration such as 250ms", rule)
		}
	}
	if err := f.Check(); err != nil {
		return f, fmt.Errorf("%q: %w", rule, err)
	}
	return f, nil
}

// Check tells what is wrong with a fault.
func (f Fault) Check() error {
	switch {
	case !knownOperation(f.Operation):
		return fmt.Errorf("there is no operation %q", f.Operation)
	case f.Kind != Throttle && f.Kind != InternalError && f.Kind != Slow:
		return fmt.Errorf("there is no fault %q", f.Kind)
	case !(f.Probability >= 0 && f.Probability <= 1):
		return errors.New("the probability is not from 0 to 1")
	case f.Delay < 0 || f.Delay > maxDelay:
		return fmt.Errorf("the time is not from 0 to %s", maxDelay)
	}
	return nil
}

func knownOperation(name string) bool {
	if name == "*" {
		return true
	}
	for _, svc := range []*awswire.Service{awswire.CognitoIDP, awswire.CognitoIdentity, awswire.IAM, awswire.STS} {
		if _, ok := awswire.Lookup(svc, name); ok {
			return true
		}
	}
	return false
}

// faults decides which calls are hit.
type faults struct {
	mu     sync.Mutex
	rules  []Fault
	random *rand.Rand
}

// SetFaults replaces the faults of a running server. The same seed hits the same
// calls of a sequence.
func (s *Server) SetFaults(rules []Fault, seed uint64) {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.rules = rules
	s.faults.random = rand.New(rand.NewPCG(seed, 0))
}

// SetPropagationDelay changes Config.PropagationDelay of a running server, from
// the next call on.
func (s *Server) SetPropagationDelay(d time.Duration) {
	s.services.identityPools.SetPropagationDelay(d)
}

// pick returns the faults that hit this call, at most one of each kind.
func (f *faults) pick(operation string) (hit map[FaultKind]Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, r := range f.rules {
		if (r.Operation == "*" || r.Operation == operation) && f.random.Float64() < r.Probability {
			if hit == nil {
				hit = map[FaultKind]Fault{}
			}
			hit[r.Kind] = r
		}
	}
	return hit
}

var errProvoked = errors.New("provoked by a fault rule")

// provoke waits and fails as the rules say.
func (f *faults) provoke(ctx context.Context, svc *awswire.Service, operation string) error {
	hit := f.pick(operation)
	if slow, ok := hit[Slow]; ok {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(slow.Delay):
		}
	}
	if _, ok := hit[Throttle]; ok {
		return throttled(svc)
	}
	if _, ok := hit[InternalError]; ok {
		return &awswire.Error{Code: svc.InternalCode, Message: errProvoked.Error(), Status: http.StatusInternalServerError}
	}
	return nil
}

// throttled is the service's answer to too many requests.
func throttled(svc *awswire.Service) error {
	if svc.Target != "" {
		return awswire.Errorf("TooManyRequestsException", "Rate exceeded")
	}
	return &awswire.Error{Code: "Throttling", Message: "Rate exceeded", Status: http.StatusBadRequest}
}
