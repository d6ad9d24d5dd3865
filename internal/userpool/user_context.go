package userpool

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/netip"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
)

// Where a sign-in comes from is what its call comes from, unless the application
// tells more: servers in ContextData of the operations of administrators,
// applications in UserContextData of the others.

// withContextData makes a call of a server count as coming from its user, whose
// address and browser it tells (ContextDataType in the API reference).
func withContextData(ctx context.Context, data *types.ContextDataType) context.Context {
	if data == nil {
		return ctx
	}
	call := *awswire.CallOf(ctx)
	setAddress(&call, data.IpAddress)
	call.UserAgent = ""
	for _, h := range data.HttpHeaders {
		if strings.EqualFold(aws.ToString(h.HeaderName), "User-Agent") {
			call.UserAgent = aws.ToString(h.HeaderValue)
		}
	}
	return withFingerprint(ctx, &call, data.EncodedData)
}

// withUserContext makes the call of a client count as coming from the device
// that it tells (UserContextDataType in the API reference). The address is
// believed only of clients that keep a secret and are set to propagate it
// (EnablePropagateAdditionalUserContextData).
func (c *client) withUserContext(ctx context.Context, data *types.UserContextDataType) context.Context {
	if c == nil || data == nil {
		return ctx
	}
	call := *awswire.CallOf(ctx)
	if aws.ToBool(c.Doc.EnablePropagateAdditionalUserContextData) && c.hasSecret() {
		setAddress(&call, data.IpAddress)
	}
	return withFingerprint(ctx, &call, data.EncodedData)
}

func setAddress(call *awswire.Call, address *string) {
	if ip, err := netip.ParseAddr(aws.ToString(address)); err == nil {
		call.SourceIP = ip.WithZone("")
	}
}

const (
	maxFingerprint = 16 << 10
	maxTimezone    = 64
)

// fingerprint is the payload of EncodedData, as far as it is used. Amplify's
// libraries for threat protection collect it.
type fingerprint struct {
	ContextData struct {
		UserAgent      string
		ClientTimezone string
	} `json:"contextData"`
}

// readFingerprint reads EncodedData: base64 of a JSON object whose member
// payload is the text of another. Its signature is made with the client's id,
// which everybody knows, so that it proves nothing; what cannot be read says
// nothing.
func readFingerprint(encoded *string) (f fingerprint) {
	text := aws.ToString(encoded)
	if text == "" || len(text) > maxFingerprint {
		return f
	}
	var envelope struct {
		Payload string `json:"payload"`
	}
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil || json.Unmarshal(b, &envelope) != nil || json.Unmarshal([]byte(envelope.Payload), &f) != nil {
		return fingerprint{}
	}
	return f
}

type timezoneKey struct{}

// withFingerprint adds what EncodedData says to the call.
func withFingerprint(ctx context.Context, call *awswire.Call, encoded *string) context.Context {
	f := readFingerprint(encoded).ContextData
	if f.UserAgent != "" {
		call.UserAgent = f.UserAgent
	}
	if zone := f.ClientTimezone; zone != "" && len(zone) <= maxTimezone && !strings.ContainsFunc(zone, func(r rune) bool { return r < ' ' || r > '~' }) {
		ctx = context.WithValue(ctx, timezoneKey{}, zone)
	}
	return awswire.WithCall(ctx, call)
}

// timezone is that of the caller's device, if it told one.
func timezone(ctx context.Context) string {
	zone, _ := ctx.Value(timezoneKey{}).(string)
	return zone
}
