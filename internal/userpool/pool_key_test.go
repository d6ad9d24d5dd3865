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
	"github.com/poolhouse-id/poolhouse/internal/store"
)

func poolKey(region string) func(*newops.CreateUserPoolInput) {
	return namedKey("arn:aws:kms:" + region + ":123456789012:key/mrk-00000000000000000000000000000001")
}

// unnamed counts the values that are sealed with the server's own data keys,
// which alone a rotation seals anew.
func unnamed(t *testing.T, db *store.DB) int {
	t.Helper()
	n, err := db.RotateDataKey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// What works in the background seals a pool's secrets with its key, too.
func TestPoolKeyOfImport(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.pool(func(in *newops.CreateUserPoolInput) {
		verifiedPool(in)
		poolKey("us-east-1")(in)
	})
	j := w.importJob(id, "")
	file := w.csv(id, []string{"cognito:password_hash"}, csvUser("jane", "cognito:password_hash", "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"))
	if res := w.put(j, strings.NewReader(file)); res.StatusCode != http.StatusOK {
		t.Fatalf("upload: %s", res.Status)
	}
	if err := w.start(id, j); err != nil {
		t.Fatal(err)
	}
	before := unnamed(t, w.db)
	if err := w.Import(w.ctx); err != nil {
		t.Fatal(err)
	}
	if got := w.describeJob(id, j); got.ImportedUsers != 1 {
		t.Fatalf("%+v", got)
	}
	if after := unnamed(t, w.db); after != before {
		t.Errorf("the import sealed %d values with the server's key", after-before)
	}
}

func TestPoolKeyOfRefreshedMetadata(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	p := e.create(t, poolKey(testRegion))
	metadata := samltest.New(t, "https://idp.example.com").Metadata
	server := e.withServer(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, metadata) })
	if err := e.createProvider(providerInput(p.Id, "SAML", "idp", map[string]string{"MetadataURL": server.URL})); err != nil {
		t.Fatal(err)
	}
	before := unnamed(t, e.db)
	metadata = strings.ReplaceAll(metadata, "https://idp.example.com", "https://new.example.com")
	if err := e.RefreshMetadata(e.ctx); err != nil {
		t.Fatal(err)
	}
	got, err := e.DescribeIdentityProvider(e.ctx, &cognito.DescribeIdentityProviderInput{UserPoolId: p.Id, ProviderName: aws.String("idp")})
	if err != nil || !strings.Contains(got.IdentityProvider.ProviderDetails["SSORedirectBindingURI"], "new.example.com") {
		t.Fatalf("%+v, %v", got, err)
	}
	if after := unnamed(t, e.db); after != before {
		t.Errorf("reading metadata sealed %d values with the server's key", after-before)
	}
}
