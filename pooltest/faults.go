package pooltest

import (
	"fmt"
	"time"

	"github.com/poolhouse-id/poolhouse/internal/server"
)

// Fault makes some calls of an operation fail or slow, as AWS's do now and
// then, so that tests see what a program does about it. [Throttle], [Fail] and
// [Slow] make one; [Faults] starts a server with them and [Server.SetFaults]
// changes those of a running one.
type Fault struct{ rule server.Fault }

// AnyOperation is the name that stands for every operation in faults.
const AnyOperation = "*"

// Throttle answers a share of the calls of an operation, from 0 to 1, as if
// there had been too many: TooManyRequestsException, in IAM and STS Throttling,
// with status 400. SDKs try such a call again.
func Throttle(operation string, share float64) Fault {
	return Fault{server.Fault{Operation: operation, Kind: server.Throttle, Probability: share}}
}

// Fail answers a share of the calls of an operation with the service's internal
// error and status 500. SDKs try such a call again.
func Fail(operation string, share float64) Fault {
	return Fault{server.Fault{Operation: operation, Kind: server.InternalError, Probability: share}}
}

// Slow lets a share of the calls of an operation wait, at most a minute, before
// they run.
func Slow(operation string, share float64, wait time.Duration) Fault {
	return Fault{server.Fault{Operation: operation, Kind: server.Slow, Probability: share, Delay: wait}}
}

// Faults starts the server with faults. Which calls they hit is decided by the
// seed: the same one hits the same calls of a sequence. What is refused anyway
// (a bad signature, a missing permission) is refused as ever.
func Faults(seed uint64, faults ...Fault) Option {
	return func(o *options) { o.faultSeed, o.faults = seed, faults }
}

// SetFaults replaces the server's faults from the next call on; without any,
// they end. The seed is that of [Faults]. The error tells that there is no such
// operation, or that a share or a time is out of its range; the faults then
// stay as they were.
func (s *Server) SetFaults(seed uint64, faults ...Fault) error {
	if err := checkFaults(faults); err != nil {
		return err
	}
	s.server.SetFaults(rulesOf(faults), seed)
	return nil
}

func checkFaults(faults []Fault) error {
	for _, f := range faults {
		if err := f.rule.Check(); err != nil {
			return fmt.Errorf("pooltest: fault: %w", err)
		}
	}
	return nil
}

func rulesOf(faults []Fault) []server.Fault {
	rules := make([]server.Fault, 0, len(faults))
	for _, f := range faults {
		rules = append(rules, f.rule)
	}
	return rules
}

// SetPropagationDelay changes the [PropagationDelay] of a running server from
// the next call on, also for roles that were set before: with 0 they can be
// assumed at once, with an hour those cannot that were set less than an hour
// ago.
func (s *Server) SetPropagationDelay(d time.Duration) { s.server.SetPropagationDelay(d) }
