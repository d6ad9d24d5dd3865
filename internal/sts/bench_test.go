package sts_test

import (
	"context"
	"testing"
)

func BenchmarkAssumeRole(b *testing.B) {
	f := newFixture(b)
	alice := f.user(account, "alice", mayAssume)
	arn := *f.role(account, "r", trustAWS(account, assumeOnly, "")).Arn
	b.ReportAllocs()
	for b.Loop() {
		if _, err := f.assume(alice, arn); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpenSession(b *testing.B) {
	f := newFixture(b)
	alice := f.user(account, "alice", mayAssume)
	c := must(f.assume(alice, *f.role(account, "r", trustAWS(account, assumeOnly, "")).Arn))(b).Credentials
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := f.OpenSession(context.Background(), *c.AccessKeyId, *c.SessionToken); err != nil {
			b.Fatal(err)
		}
	}
}
