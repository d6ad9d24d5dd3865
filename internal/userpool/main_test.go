package userpool_test

import (
	"testing"

	"github.com/poolhouse-id/poolhouse/internal/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }
