package userpool_test

import (
	"bytes"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"github.com/poolhouse-id/poolhouse/internal/userpool"
)

// picture is an image of the format.
func picture(t testing.TB, format string) []byte {
	t.Helper()
	var b bytes.Buffer
	img := image.NewGray(image.Rect(0, 0, 2, 2))
	var err error
	switch format {
	case "png":
		err = png.Encode(&b, img)
	case "jpg":
		err = jpeg.Encode(&b, img, nil)
	case "gif":
		err = gif.Encode(&b, img, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const goodCSS = ".label-customizable {font-weight: 400;}"

func TestUICustomization(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	e.Service = userpool.New(userpool.Config{Store: e.db, Clock: e.clock, PublicURL: "https://id.example.net"})
	p := e.create(t)
	c, other := e.createClient(t, p.Id), e.createClient(t, p.Id)
	e.mustDomain(t, p.Id, "app")
	get := func(client *string) string {
		t.Helper()
		out, err := e.GetUICustomization(e.ctx, &cognito.GetUICustomizationInput{UserPoolId: p.Id, ClientId: client})
		if err != nil {
			t.Fatal(err)
		}
		return wire(t, out.UICustomization)
	}
	set := func(client *string, css string, img []byte) string {
		t.Helper()
		out, err := e.SetUICustomization(e.ctx, &cognito.SetUICustomizationInput{UserPoolId: p.Id, ClientId: client, CSS: &css, ImageFile: img})
		if err != nil {
			t.Fatal(err)
		}
		return wire(t, out.UICustomization)
	}
	if got := get(c.ClientId); got != "{}" {
		t.Errorf("before anything is set: %s", got)
	}
	all := fmt.Sprintf(`{"CSS":%q,"CSSVersion":"20260304050607","ClientId":"ALL","CreationDate":1772600767,`+
		`"ImageUrl":"https://id.example.net/_poolhouse/logos/%s/ALL/20260304050607/image.png","LastModifiedDate":1772600767,"UserPoolId":%q}`, goodCSS, *p.Id, *p.Id)
	if got := set(nil, goodCSS, picture(t, "png")); got != all {
		t.Errorf("set\n%s, want\n%s", got, all)
	}
	for _, client := range []*string{nil, aws.String("ALL"), c.ClientId} {
		if got := get(client); got != all {
			t.Errorf("got %s", got)
		}
	}
	e.clock.Advance(time.Minute)
	own := set(c.ClientId, "", picture(t, "jpg"))
	want := fmt.Sprintf(`{"ClientId":%q,"CreationDate":1772600827,"ImageUrl":"https://id.example.net/_poolhouse/logos/%s/%s/20260304050707/image.jpg","LastModifiedDate":1772600827,"UserPoolId":%q}`,
		*c.ClientId, *p.Id, *c.ClientId, *p.Id)
	if own != want || get(c.ClientId) != want || get(other.ClientId) != all {
		t.Errorf("the client has\n%s, want\n%s", own, want)
	}
	content, mediaType, err := e.Logo(e.ctx, *p.Id, *c.ClientId)
	if err != nil || mediaType != "image/jpeg" || !bytes.Equal(content, picture(t, "jpg")) {
		t.Errorf("logo of %d bytes, %s, %v", len(content), mediaType, err)
	}
	_, _, err = e.Logo(e.ctx, *p.Id, *other.ClientId)
	wantError(t, err, "ResourceNotFoundException", "There is no logo.")

	// A style sheet takes the logo's place, and nothing takes the style's.
	e.clock.Advance(time.Minute)
	if got := set(c.ClientId, goodCSS, nil); strings.Contains(got, "ImageUrl") || !strings.Contains(got, `"CreationDate":1772600827`) || !strings.Contains(got, `"LastModifiedDate":1772600887`) {
		t.Errorf("set %s", got)
	}
	if got := set(c.ClientId, "", nil); strings.Contains(got, "CSS") || get(c.ClientId) != all {
		t.Errorf("reset to %s", got)
	}
	set(c.ClientId, goodCSS, nil)
	if _, err := e.DeleteUserPoolClient(e.ctx, &cognito.DeleteUserPoolClientInput{UserPoolId: p.Id, ClientId: c.ClientId}); err != nil {
		t.Errorf("a client with a style: %v", err)
	}
}

func TestUICustomizationRefusals(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	p, bare := e.create(t), e.create(t)
	e.mustDomain(t, p.Id, "app")
	foreign := e.createClient(t, bare.Id)
	set := func(id *string, client, css string, img []byte) error {
		_, err := e.SetUICustomization(e.ctx, &cognito.SetUICustomizationInput{UserPoolId: id, ClientId: &client, CSS: &css, ImageFile: img})
		return err
	}
	const noDomain = "There has to be an existing domain associated with this user pool"
	wantError(t, set(bare.Id, "ALL", goodCSS, nil), "InvalidParameterException", noDomain)
	_, err := e.GetUICustomization(e.ctx, &cognito.GetUICustomizationInput{UserPoolId: bare.Id})
	wantError(t, err, "InvalidParameterException", noDomain)
	wantError(t, set(p.Id, *foreign.ClientId, goodCSS, nil), "ResourceNotFoundException", "User pool client "+*foreign.ClientId+" does not exist.")
	_, err = e.GetUICustomization(e.ctx, &cognito.GetUICustomizationInput{UserPoolId: p.Id, ClientId: aws.String("none")})
	wantError(t, err, "ResourceNotFoundException", "User pool client none does not exist.")
	wantError(t, set(aws.String("eu-west-1_A"), "ALL", goodCSS, nil), "ResourceNotFoundException", "User pool eu-west-1_A does not exist.")
	wantError(t, set(p.Id, "ALL", "", picture(t, "gif")), "InvalidParameterException", "Image file must be a PNG or JPEG file.")
	wantError(t, set(p.Id, "ALL", "", []byte("<svg/>")), "InvalidParameterException", "Image file must be a PNG or JPEG file.")
	wantError(t, set(p.Id, "ALL", "", make([]byte, 100<<10+1)), "InvalidParameterException", "Image file must not be larger than 100 KB.")
	large := append(picture(t, "png"), make([]byte, 100<<10-200)...)
	wantError(t, set(p.Id, "ALL", strings.Repeat(" ", 5<<10), large), "InvalidParameterException", "Request parameters too large.")
	for css, message := range map[string]string{
		"body {color: red}":                               "The CSS selector body cannot be customized.",
		".label-customizable .x {color: red}":             "The CSS selector .label-customizable .x cannot be customized.",
		".label-customizable, p {color: red}":             "The CSS selector p cannot be customized.",
		".label-customizable:before {color: red}":         "The CSS selector .label-customizable:before cannot be customized.",
		".other-customizable {color: red}":                "The CSS selector .other-customizable cannot be customized.",
		"@import url(https://x.example.com);":             "The CSS cannot contain @import.",
		"@media print {}":                                 "The CSS cannot contain @media.",
		".label-customizable {x: </style>}":               "The CSS cannot contain <.",
		".label-customizable {background: jAvascript:x}":  "The CSS cannot contain javascript:.",
		`.label-customizable {background: \6a avascript}`: `The CSS cannot contain \.`,
		".label-customizable {color}":                     "color is not a valid CSS property.",
		".label-customizable {col or: red}":               "col or is not a valid CSS property.",
		".label-customizable {color:}":                    "color is not a valid CSS property.",
		".label-customizable {color: red":                 "The CSS is not valid: a block does not end",
		".label-customizable {color: a{b:c}":              "The CSS is not valid: a block does not end",
		".label-customizable":                             "The CSS is not valid: a rule has no block",
		"/* .label-customizable {}":                       "The CSS is not valid: a comment does not end",
	} {
		wantError(t, set(p.Id, "ALL", css, nil), "InvalidParameterException", message)
	}
	for _, css := range []string{
		".submitButton-customizable:hover, .idpButton-customizable:hover { color: #fff; background-color: rgba(1, 2, 3, .5); }",
		"/* a */ .inputField-customizable:focus{border-color:#66afe9;outline:0}\n.banner-customizable{background: linear-gradient(135deg, #000 0%, #fff 100%)}",
		".label-customizable {}",
	} {
		if err := set(p.Id, "ALL", css, nil); err != nil {
			t.Errorf("%s: %v", css, err)
		}
	}
}
