package sts_test

import (
	"testing"

	stsapi "github.com/aws/aws-sdk-go-v2/service/sts"
)

func TestGetDelegatedAccessToken(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx := f.calling(rootOf(account), "GetDelegatedAccessToken")
	_, err := f.GetDelegatedAccessToken(ctx, &stsapi.GetDelegatedAccessTokenInput{TradeInToken: p("a-token")})
	refused(t, err, "ExpiredTradeInTokenException", "The trade-in token provided in the request has expired and can no longer be exchanged for credentials.")
	list := must(f.Table().Access(ctx, "GetDelegatedAccessToken", &stsapi.GetDelegatedAccessTokenInput{}))(t)
	if len(list) != 1 || list[0].Action != "sts:GetDelegatedAccessToken" || list[0].Resource != "*" {
		t.Errorf("%+v", list)
	}
}
