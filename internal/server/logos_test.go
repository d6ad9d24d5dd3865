package server_test

import (
	"bytes"
	"image"
	"image/png"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
)

// The address of a logo that the API answers shows the logo.
func TestLogos(t *testing.T) {
	t.Parallel()
	f := start(t)
	pools := cognitoidentityprovider.NewFromConfig(f.config("test", "test", ""))
	made, err := pools.CreateUserPool(t.Context(), &cognitoidentityprovider.CreateUserPoolInput{PoolName: aws.String("test")})
	if err != nil {
		t.Fatal(err)
	}
	id := made.UserPool.Id
	if _, err := pools.CreateUserPoolDomain(t.Context(), &cognitoidentityprovider.CreateUserPoolDomainInput{UserPoolId: id, Domain: aws.String("logos")}); err != nil {
		t.Fatal(err)
	}
	var logo bytes.Buffer
	if err := png.Encode(&logo, image.NewGray(image.Rect(0, 0, 3, 3))); err != nil {
		t.Fatal(err)
	}
	out, err := pools.SetUICustomization(t.Context(), &cognitoidentityprovider.SetUICustomizationInput{UserPoolId: id, ImageFile: logo.Bytes()})
	if err != nil {
		t.Fatal(err)
	}
	get := func(address string) answer {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		return f.do(r)
	}
	a := get(*out.UICustomization.ImageUrl)
	if a.StatusCode != http.StatusOK || a.Header.Get("Content-Type") != "image/png" || a.Header.Get("X-Content-Type-Options") != "nosniff" || a.body != logo.String() {
		t.Errorf("%s answers %d, %s", *out.UICustomization.ImageUrl, a.StatusCode, a.Header)
	}
	if a := get(strings.Replace(*out.UICustomization.ImageUrl, "/ALL/", "/none/", 1)); a.StatusCode != http.StatusNotFound {
		t.Errorf("a logo that there is not: %d", a.StatusCode)
	}
}
