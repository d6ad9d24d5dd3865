package bench

import (
	"os/exec"
	"testing"
	"time"

	"github.com/poolhouse-id/poolhouse/internal/store/storetest"
)

// BenchmarkColdStart is the time from the start of the process to its first
// answered call, ListUserPools: on an empty directory, where the schema and the
// keys are made, and on one that has them.
func BenchmarkColdStart(b *testing.B) {
	if inProcess {
		b.Skip("it needs a process of its own")
	}
	for _, kind := range databases {
		b.Run("new/"+kind, func(b *testing.B) {
			coldStart(b, func() []string { return dataFlags(b, kind) })
		})
		b.Run("existing/"+kind, func(b *testing.B) {
			flags := dataFlags(b, kind)
			once(b, flags)
			coldStart(b, func() []string { return flags })
		})
	}
}

func dataFlags(b *testing.B, kind string) []string {
	flags := []string{"--data", b.TempDir()}
	if kind == "postgres" {
		flags = append(flags, "--database", storetest.Postgres(b))
	}
	return flags
}

func coldStart(b *testing.B, flags func() []string) {
	var total, cpu time.Duration
	for range b.N {
		b.StopTimer()
		args := flags()
		b.StartTimer()
		took, used := once(b, args)
		total, cpu = total+took, cpu+used
	}
	b.ReportMetric(float64(total.Microseconds())/1000/float64(b.N), "ms-to-first-answer")
	b.ReportMetric(float64(cpu.Microseconds())/1000/float64(b.N), "server-ms")
}

// once starts a server, makes one call and stops the server.
func once(b *testing.B, flags []string) (took, cpu time.Duration) {
	addr := freeAddr(b)
	creds := keys(account)
	call := jsonCall(addr, "cognito-idp", "ListUserPools", map[string]any{"MaxResults": 10}, &creds)
	begin := time.Now()
	p := launch(b, exec.Command(binary, append([]string{"serve", "--listen", addr, "--log-level", "ERROR"}, flags...)...), addr)
	_, err := ask(addr, call)
	took = time.Since(begin)
	cpu, _ = p.cpu()
	b.StopTimer()
	p.stop()
	b.StartTimer()
	if err != nil {
		b.Fatal(err)
	}
	return took, cpu
}
