package store_test

import (
	"testing"

	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/internal/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

func TestOpenTwice(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		storetest.Open(t, cfg)
		storetest.Open(t, cfg)
	})
}
