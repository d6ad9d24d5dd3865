package userpool_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
	"github.com/poolhouse-id/poolhouse/internal/saml/samltest"
)

// A provider's metadata is read anew, and stays when it cannot be.
func TestSAMLMetadataIsRefreshed(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	p := e.create(t)
	metadata, status := samltest.New(t, "https://idp.example.com").Metadata, http.StatusOK
	server := e.withServer(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		fmt.Fprint(w, metadata)
	})
	for i := range 25 {
		if err := e.createProvider(providerInput(p.Id, "SAML", fmt.Sprint("url", i), map[string]string{"MetadataURL": server.URL})); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.createProvider(providerInput(p.Id, "SAML", "file", map[string]string{"MetadataFile": metadata})); err != nil {
		t.Fatal(err)
	}
	address := func(name string) string {
		t.Helper()
		return e.describeProvider(t, p.Id, name).ProviderDetails["SSORedirectBindingURI"]
	}
	refresh := func() {
		t.Helper()
		if err := e.RefreshMetadata(e.ctx); err != nil {
			t.Fatal(err)
		}
	}
	old := address("url0")
	modified := *e.describeProvider(t, p.Id, "url0").LastModifiedDate
	e.clock.Advance(1)
	refresh()
	if got := e.describeProvider(t, p.Id, "url0"); !got.LastModifiedDate.Equal(modified) {
		t.Error("the same metadata changed the provider")
	}
	metadata = strings.ReplaceAll(metadata, "https://idp.example.com", "https://new.example.com")
	for _, status = range []int{http.StatusNotFound, http.StatusOK} {
		good := metadata
		if status == http.StatusOK {
			metadata = "<garbage/>"
		}
		refresh()
		metadata = good
		if got := address("url0"); got != old {
			t.Errorf("status %d: the address is %s", status, got)
		}
	}
	refresh()
	for _, name := range []string{"url0", "url24"} {
		if got := address(name); got != strings.ReplaceAll(old, "idp.example.com", "new.example.com") {
			t.Errorf("%s: the address is %s", name, got)
		}
	}
	if got := address("file"); got != old {
		t.Errorf("the provider with a file has the address %s", got)
	}
}

// Of two updates at a time the one that comes second is refused.
func TestProviderChangedMeanwhile(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	p := e.create(t)
	metadata := samltest.New(t, "https://idp.example.com").Metadata
	asked := 0
	update := func(details map[string]string) error {
		_, err := e.UpdateIdentityProvider(e.ctx, &newops.UpdateIdentityProviderInput{UpdateIdentityProviderInput: cognito.UpdateIdentityProviderInput{
			UserPoolId: p.Id, ProviderName: aws.String("idp"), ProviderDetails: details,
		}})
		return err
	}
	server := e.withServer(t, func(w http.ResponseWriter, _ *http.Request) {
		if asked++; asked == 2 {
			if err := update(map[string]string{"MetadataFile": metadata}); err != nil {
				t.Error(err)
			}
		}
		fmt.Fprint(w, metadata)
	})
	byURL := map[string]string{"MetadataURL": server.URL}
	if err := e.createProvider(providerInput(p.Id, "SAML", "idp", byURL)); err != nil {
		t.Fatal(err)
	}
	wantError(t, update(byURL), "ConcurrentModificationException", "The identity provider idp has been changed by another request.")
	if err := update(byURL); err != nil {
		t.Error(err)
	}
}
