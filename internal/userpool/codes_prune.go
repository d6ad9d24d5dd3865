package userpool

import "github.com/poolhouse-id/poolhouse/internal/store"

// pruneCodes deletes a batch of codes and counted attempts that have expired,
// and reports whether there may be more.
func pruneCodes(tx *store.Tx) (more bool, err error) { return tx.PruneCodes(tx.Now(), purgeBatch) }

// pruneSignIns deletes a batch of what signing in left behind: used sessions,
// revocations of expired tokens, lock-outs that are forgotten.
func pruneSignIns(tx *store.Tx) (more bool, err error) {
	return tx.PruneSignIns(tx.Now().Add(-forgetFailures), purgeBatch)
}
