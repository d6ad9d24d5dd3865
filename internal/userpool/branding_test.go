package userpool_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/document"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

type object = map[string]any

func settings(v any) document.Interface { return document.NewLazyDocument(v) }

// primaryColor is a settings document that sets one color.
func primaryColor(color string) document.Interface {
	return settings(object{"components": object{"primaryButton": object{"lightMode": object{"defaults": object{"backgroundColor": color}}}}})
}

func logo(t testing.TB) types.AssetType {
	return types.AssetType{Category: "FORM_LOGO", ColorMode: "LIGHT", Extension: "PNG", Bytes: picture(t, "png")}
}

func (e *poolEnv) createBranding(poolID, client *string, change func(*cognito.CreateManagedLoginBrandingInput)) (*types.ManagedLoginBrandingType, error) {
	in := &cognito.CreateManagedLoginBrandingInput{UserPoolId: poolID, ClientId: client}
	change(in)
	out, err := e.CreateManagedLoginBranding(e.ctx, in)
	if err != nil {
		return nil, err
	}
	return out.ManagedLoginBranding, nil
}

func (e *poolEnv) describeBranding(t testing.TB, b *types.ManagedLoginBrandingType, merged bool) *types.ManagedLoginBrandingType {
	t.Helper()
	out, err := e.DescribeManagedLoginBranding(e.ctx, &cognito.DescribeManagedLoginBrandingInput{
		UserPoolId: b.UserPoolId, ManagedLoginBrandingId: b.ManagedLoginBrandingId, ReturnMergedResources: merged,
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.ManagedLoginBranding
}

// settingsText is a style's settings as JSON, "" without settings.
func settingsText(t testing.TB, b *types.ManagedLoginBrandingType) string {
	t.Helper()
	if b.Settings == nil {
		return ""
	}
	text, err := b.Settings.MarshalSmithyDocument()
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestBranding(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	p := e.create(t)
	c := e.createClient(t, p.Id)
	b, err := e.createBranding(p.Id, c.ClientId, func(in *cognito.CreateManagedLoginBrandingInput) {
		in.Settings, in.Assets = primaryColor("ff0000ff"), []types.AssetType{logo(t)}
	})
	if err != nil {
		t.Fatal(err)
	}
	own := `{"components":{"primaryButton":{"lightMode":{"defaults":{"backgroundColor":"ff0000ff"}}}}}`
	if settingsText(t, b) != own || len(b.Assets) != 1 || b.UseCognitoProvidedValues || *b.UserPoolId != *p.Id || !b.CreationDate.Equal(e.clock.Now()) {
		t.Errorf("created %s", wire(t, b))
	}
	if got := e.describeBranding(t, b, false); wire(t, got) != wire(t, b) {
		t.Errorf("described %s", wire(t, got))
	}
	by, err := e.DescribeManagedLoginBrandingByClient(e.ctx, &cognito.DescribeManagedLoginBrandingByClientInput{UserPoolId: p.Id, ClientId: c.ClientId, ReturnMergedResources: true})
	if err != nil {
		t.Fatal(err)
	}
	merged := e.describeBranding(t, b, true)
	if wire(t, by.ManagedLoginBranding) != wire(t, merged) {
		t.Error("the style by client is another one")
	}
	text := settingsText(t, merged)
	for _, part := range []string{`"defaults":{"backgroundColor":"ff0000ff","textColor":"ffffffff"}`, `"colorSchemeMode":"LIGHT"`, `"hover":{"backgroundColor":"033160ff"`} {
		if !strings.Contains(text, part) {
			t.Errorf("the merged settings lack %s: %s", part, text)
		}
	}
	if len(merged.Assets) != 4 {
		t.Errorf("%d merged assets", len(merged.Assets))
	}

	// A change is merged into what there is.
	e.clock.Advance(time.Minute)
	updated, err := e.UpdateManagedLoginBranding(e.ctx, &cognito.UpdateManagedLoginBrandingInput{
		UserPoolId: p.Id, ManagedLoginBrandingId: b.ManagedLoginBrandingId,
		Settings: settings(object{"components": object{"primaryButton": object{"lightMode": object{"defaults": object{"textColor": "00000000"}}}, "favicon": object{"enabledTypes": []any{"SVG"}}}}),
		Assets:   []types.AssetType{{Category: "FORM_LOGO", ColorMode: "LIGHT", Extension: "JPEG", Bytes: picture(t, "jpg")}, {Category: "FAVICON_ICO", ColorMode: "DYNAMIC", Extension: "ICO", Bytes: []byte{0, 0, 1, 0, 1}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	u := updated.ManagedLoginBranding
	own = `{"components":{"favicon":{"enabledTypes":["SVG"]},"primaryButton":{"lightMode":{"defaults":{"backgroundColor":"ff0000ff","textColor":"00000000"}}}}}`
	if settingsText(t, u) != own || len(u.Assets) != 2 || u.Assets[1].Extension != "JPEG" || !u.LastModifiedDate.Equal(e.clock.Now()) || u.CreationDate.Equal(e.clock.Now()) {
		t.Errorf("updated to %s", wire(t, u))
	}
	// An asset without an image keeps the one that there is.
	kept, err := e.UpdateManagedLoginBranding(e.ctx, &cognito.UpdateManagedLoginBrandingInput{
		UserPoolId: p.Id, ManagedLoginBrandingId: b.ManagedLoginBrandingId, Assets: []types.AssetType{{Category: "FORM_LOGO", ColorMode: "LIGHT", Extension: "JPEG"}},
	})
	if err != nil || !bytes.Equal(kept.ManagedLoginBranding.Assets[1].Bytes, picture(t, "jpg")) || settingsText(t, kept.ManagedLoginBranding) != own {
		t.Errorf("kept %v, %v", kept, err)
	}
	// Back to what the service provides.
	provided, err := e.UpdateManagedLoginBranding(e.ctx, &cognito.UpdateManagedLoginBrandingInput{
		UserPoolId: p.Id, ManagedLoginBrandingId: b.ManagedLoginBrandingId, UseCognitoProvidedValues: true,
	})
	if err != nil || !provided.ManagedLoginBranding.UseCognitoProvidedValues || provided.ManagedLoginBranding.Settings != nil || len(provided.ManagedLoginBranding.Assets) != 0 {
		t.Errorf("provided %v, %v", provided, err)
	}
	if got := e.describeBranding(t, b, true); !strings.Contains(settingsText(t, got), `"defaults":{"backgroundColor":"0972d3ff"`) || len(got.Assets) != 3 {
		t.Errorf("provided and merged %s", settingsText(t, got))
	}
	if _, err := e.DeleteManagedLoginBranding(e.ctx, &cognito.DeleteManagedLoginBrandingInput{UserPoolId: p.Id, ManagedLoginBrandingId: b.ManagedLoginBrandingId}); err != nil {
		t.Fatal(err)
	}
	if _, err := e.createBranding(p.Id, c.ClientId, func(in *cognito.CreateManagedLoginBrandingInput) { in.UseCognitoProvidedValues = true }); err != nil {
		t.Errorf("after the style was deleted: %v", err)
	}
}

func TestBrandingRefusals(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	p, other := e.create(t), e.create(t)
	c, second, foreign := e.createClient(t, p.Id), e.createClient(t, p.Id), e.createClient(t, other.Id)
	provided := func(in *cognito.CreateManagedLoginBrandingInput) { in.UseCognitoProvidedValues = true }
	b, err := e.createBranding(p.Id, c.ClientId, provided)
	if err != nil {
		t.Fatal(err)
	}
	_, err = e.createBranding(p.Id, c.ClientId, provided)
	wantError(t, err, "ManagedLoginBrandingExistsException", "A managed login branding for the app client "+*c.ClientId+" already exists.")
	_, err = e.createBranding(p.Id, foreign.ClientId, provided)
	wantError(t, err, "ResourceNotFoundException", "User pool client "+*foreign.ClientId+" does not exist.")
	_, err = e.createBranding(aws.String("eu-west-1_A"), c.ClientId, provided)
	wantError(t, err, "ResourceNotFoundException", "User pool eu-west-1_A does not exist.")

	asset := func(category types.AssetCategoryType, extension types.AssetExtensionType, content string) func(*cognito.CreateManagedLoginBrandingInput) {
		return func(in *cognito.CreateManagedLoginBrandingInput) {
			in.Assets = []types.AssetType{{Category: category, ColorMode: "LIGHT", Extension: extension, Bytes: []byte(content)}}
		}
	}
	with := func(v any) func(*cognito.CreateManagedLoginBrandingInput) {
		return func(in *cognito.CreateManagedLoginBrandingInput) { in.Settings = settings(v) }
	}
	deep := object{}
	for range 30 {
		deep = object{"x": deep}
	}
	for _, c := range []struct {
		change  func(*cognito.CreateManagedLoginBrandingInput)
		message string
	}{
		{func(in *cognito.CreateManagedLoginBrandingInput) {
			in.UseCognitoProvidedValues, in.Settings = true, settings(object{})
		}, "Settings and Assets cannot be given when UseCognitoProvidedValues is true."},
		{func(in *cognito.CreateManagedLoginBrandingInput) {
			in.UseCognitoProvidedValues, in.Assets = true, []types.AssetType{logo(t)}
		}, "Settings and Assets cannot be given when UseCognitoProvidedValues is true."},
		{with([]any{1}), "Settings must be a JSON object."},
		{with("x"), "Settings must be a JSON object."},
		{with(object{"colors": object{}}), "Invalid settings: unknown property colors."},
		{with(object{"components": object{"button": object{}}}), "Invalid settings: unknown property components.button."},
		{with(object{"components": 1}), "Invalid settings: the property components must be an object."},
		{with(object{"components": object{"form": object{"borderRadius": "8"}}}), "Invalid settings: the property components.form.borderRadius must be a number."},
		{with(object{"categories": object{"form": object{"displayGraphics": "yes"}}}), "Invalid settings: the property categories.form.displayGraphics must be a boolean."},
		{with(object{"components": object{"form": object{"lightMode": object{"borderColor": "red"}}}}), "Invalid settings: the property components.form.lightMode.borderColor must be a color of eight hexadecimal digits."},
		{with(object{"components": object{"idpButton": object{"custom": deep}}}), "Invalid settings: objects are nested too deep."},
		{asset("FORM_LOGO", "PNG", ""), "Bytes are required for the asset FORM_LOGO LIGHT."},
		{asset("FORM_LOGO", "PNG", "GIF89a"), "The asset FORM_LOGO LIGHT is not a valid PNG file."},
		{asset("FORM_LOGO", "JPEG", string(picture(t, "png"))), "The asset FORM_LOGO LIGHT is not a valid JPEG file."},
		{asset("FORM_LOGO", "JPEG", string(picture(t, "gif"))), "The asset FORM_LOGO LIGHT is not a valid JPEG file."},
		{asset("FORM_LOGO", "WEBP", "RIFF1234WAVE"), "The asset FORM_LOGO LIGHT is not a valid WEBP file."},
		{asset("FORM_LOGO", "SVG", "<html/>"), "The asset FORM_LOGO LIGHT is not a valid SVG file."},
		{asset("FORM_LOGO", "SVG", "<svg><script/></svg>"), "The asset FORM_LOGO LIGHT is not a valid SVG file."},
		{asset("FORM_LOGO", "SVG", "<svg>"), "The asset FORM_LOGO LIGHT is not a valid SVG file."},
		{asset("FORM_LOGO", "ICO", "\x00\x00\x01\x00"), "The extension ICO is not allowed for assets of the category FORM_LOGO."},
		{asset("FAVICON_ICO", "PNG", string(picture(t, "png"))), "The extension PNG is not allowed for assets of the category FAVICON_ICO."},
		{asset("FAVICON_SVG", "PNG", string(picture(t, "png"))), "The extension PNG is not allowed for assets of the category FAVICON_SVG."},
		{func(in *cognito.CreateManagedLoginBrandingInput) {
			in.Assets = []types.AssetType{logo(t), logo(t)}
		}, "The asset FORM_LOGO LIGHT is given more than once."},
		{func(in *cognito.CreateManagedLoginBrandingInput) {
			for i := range 3 {
				a := types.AssetType{Category: "IDP_BUTTON_ICON", ColorMode: "LIGHT", Extension: "PNG", ResourceId: aws.String(fmt.Sprint(i))}
				a.Bytes = append(picture(t, "png"), make([]byte, 900_000)...)
				in.Assets = append(in.Assets, a)
			}
		}, "Settings and Assets must not be larger than 2 MB in one request."},
	} {
		_, err := e.createBranding(p.Id, second.ClientId, c.change)
		wantError(t, err, "InvalidParameterException", c.message)
	}
	for _, change := range []func(*cognito.CreateManagedLoginBrandingInput){
		asset("FORM_LOGO", "SVG", `<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>`), asset("PAGE_BACKGROUND", "WEBP", "RIFF1234WEBPVP8 "), with(object{}),
	} {
		b, err := e.createBranding(p.Id, second.ClientId, change)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.DeleteManagedLoginBranding(e.ctx, &cognito.DeleteManagedLoginBrandingInput{UserPoolId: p.Id, ManagedLoginBrandingId: b.ManagedLoginBrandingId}); err != nil {
			t.Fatal(err)
		}
	}

	for name, call := range map[string]func(pool, id *string) error{
		"Describe": func(pool, id *string) error {
			_, err := e.DescribeManagedLoginBranding(e.ctx, &cognito.DescribeManagedLoginBrandingInput{UserPoolId: pool, ManagedLoginBrandingId: id})
			return err
		},
		"Update": func(pool, id *string) error {
			_, err := e.UpdateManagedLoginBranding(e.ctx, &cognito.UpdateManagedLoginBrandingInput{UserPoolId: pool, ManagedLoginBrandingId: id})
			return err
		},
		"Delete": func(pool, id *string) error {
			_, err := e.DeleteManagedLoginBranding(e.ctx, &cognito.DeleteManagedLoginBrandingInput{UserPoolId: pool, ManagedLoginBrandingId: id})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			none := "00000000-0000-4000-8000-000000000000"
			wantError(t, call(p.Id, &none), "ResourceNotFoundException", "Managed login branding "+none+" does not exist.")
			wantError(t, call(other.Id, b.ManagedLoginBrandingId), "ResourceNotFoundException", "Managed login branding "+*b.ManagedLoginBrandingId+" does not exist.")
			wantError(t, call(aws.String("eu-west-1_A"), &none), "ResourceNotFoundException", "User pool eu-west-1_A does not exist.")
		})
	}
	_, err = e.UpdateManagedLoginBranding(e.ctx, &cognito.UpdateManagedLoginBrandingInput{UserPoolId: p.Id})
	wantError(t, err, "InvalidParameterException", "UserPoolId and ManagedLoginBrandingId are required.")
	_, err = e.DescribeManagedLoginBrandingByClient(e.ctx, &cognito.DescribeManagedLoginBrandingByClientInput{UserPoolId: p.Id, ClientId: second.ClientId})
	wantError(t, err, "ResourceNotFoundException", "The app client "+*second.ClientId+" has no managed login branding.")
	_, err = e.DescribeManagedLoginBrandingByClient(e.ctx, &cognito.DescribeManagedLoginBrandingByClientInput{UserPoolId: p.Id, ClientId: foreign.ClientId})
	wantError(t, err, "ResourceNotFoundException", "User pool client "+*foreign.ClientId+" does not exist.")
}

func TestBrandingLimits(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	p := e.create(t)
	var first *types.ManagedLoginBrandingType
	for i := range 21 {
		b, err := e.createBranding(p.Id, e.createClient(t, p.Id).ClientId, func(in *cognito.CreateManagedLoginBrandingInput) { in.Settings = settings(object{}) })
		if i < 20 && err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = b
		}
		if i == 20 {
			wantError(t, err, "LimitExceededException", "User pool "+*p.Id+" is limited to 20 managed login brandings.")
		}
	}
	add := func(from, to int) error {
		in := &cognito.UpdateManagedLoginBrandingInput{UserPoolId: p.Id, ManagedLoginBrandingId: first.ManagedLoginBrandingId}
		for i := from; i < to; i++ {
			in.Assets = append(in.Assets, types.AssetType{Category: "IDP_BUTTON_ICON", ColorMode: "LIGHT", Extension: "PNG", ResourceId: aws.String(fmt.Sprint(i)), Bytes: picture(t, "png")})
		}
		_, err := e.UpdateManagedLoginBranding(e.ctx, in)
		return err
	}
	if err := add(0, 40); err != nil {
		t.Fatal(err)
	}
	wantError(t, add(40, 41), "InvalidParameterException", "A managed login branding is limited to 40 assets.")
	if got := e.describeBranding(t, first, false); len(got.Assets) != 40 || *got.Assets[0].ResourceId != "0" {
		t.Errorf("%d assets", len(got.Assets))
	}
	if _, err := e.DeleteUserPool(e.ctx, &cognito.DeleteUserPoolInput{UserPoolId: p.Id}); err != nil {
		t.Errorf("a pool with styles: %v", err)
	}
}
