package userpool

import (
	"bytes"
	_ "embed" // the provided assets
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

// maxAssets is how many images a style may have (AssetListType).
const maxAssets = 40

const (
	assetNoBytes   = "Bytes are required for the asset %s %s."
	assetExtension = "The extension %s is not allowed for assets of the category %s."
	assetContent   = "The asset %s %s is not a valid %s file."
	assetTwice     = "The asset %s %s is given more than once."
	tooManyAssets  = "A managed login branding is limited to %d assets."
)

// checkAsset checks that an image is of the kind that its extension says, and
// that its category may be of that kind.
func checkAsset(a *types.AssetType) error {
	ico := a.Extension == types.AssetExtensionTypeIco
	if ico != (a.Category == types.AssetCategoryTypeFaviconIco) ||
		a.Category == types.AssetCategoryTypeFaviconSvg && a.Extension != types.AssetExtensionTypeSvg {
		return invalidParameter(assetExtension, a.Extension, a.Category)
	}
	if len(a.Bytes) > 0 && !isImage(a.Bytes, a.Extension) {
		return invalidParameter(assetContent, a.Category, a.ColorMode, a.Extension)
	}
	return nil
}

// samePlace tells whether two assets are images for the same place.
func samePlace(a, b *types.AssetType) bool {
	return a.Category == b.Category && a.ColorMode == b.ColorMode && aws.ToString(a.ResourceId) == aws.ToString(b.ResourceId)
}

// isImage tells whether content is an image of the kind.
func isImage(content []byte, kind types.AssetExtensionType) bool {
	switch kind {
	case types.AssetExtensionTypeIco:
		return bytes.HasPrefix(content, []byte{0, 0, 1, 0})
	case types.AssetExtensionTypeWebp:
		return len(content) >= 12 && string(content[:4]) == "RIFF" && string(content[8:12]) == "WEBP"
	case types.AssetExtensionTypeSvg:
		return isSVG(content)
	}
	return strings.EqualFold(imageFormat(content), string(kind))
}

// isSVG tells whether content is one XML document whose root is svg, without
// scripts.
func isSVG(content []byte) bool {
	d := xml.NewDecoder(bytes.NewReader(content))
	root := false
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			return root
		}
		if err != nil {
			return false
		}
		if start, ok := t.(xml.StartElement); ok {
			if !root && start.Name.Local != "svg" || start.Name.Local == "script" {
				return false
			}
			root = true
		}
	}
}

// putAssets writes the assets of a change. One without an image keeps the image
// that the style has for its category and mode.
func putAssets(tx *store.Tx, brandingID string, assets []types.AssetType) error {
	if len(assets) == 0 {
		return nil
	}
	rows, err := tx.Assets(brandingID, maxAssets)
	if err != nil {
		return err
	}
	for _, a := range assets {
		row := &store.Asset{
			BrandingID: brandingID, Category: string(a.Category), ColorMode: string(a.ColorMode),
			ResourceID: aws.ToString(a.ResourceId), Extension: string(a.Extension), Content: a.Bytes,
		}
		at := slices.IndexFunc(rows, func(o *store.Asset) bool {
			return o.Category == row.Category && o.ColorMode == row.ColorMode && o.ResourceID == row.ResourceID
		})
		if len(row.Content) == 0 {
			if at < 0 || rows[at].Extension != row.Extension {
				return invalidParameter(assetNoBytes, row.Category, row.ColorMode)
			}
			continue
		}
		if at < 0 {
			rows = append(rows, row)
		} else {
			rows[at] = row
		}
		if err := tx.PutAsset(row); err != nil {
			return err
		}
	}
	if len(rows) > maxAssets {
		return invalidParameter(tooManyAssets, maxAssets)
	}
	return nil
}

func assetTypes(rows []*store.Asset) []types.AssetType {
	var out []types.AssetType
	for _, r := range rows {
		a := types.AssetType{
			Category: types.AssetCategoryType(r.Category), ColorMode: types.ColorSchemeModeType(r.ColorMode),
			Extension: types.AssetExtensionType(r.Extension), Bytes: r.Content,
		}
		if r.ResourceID != "" {
			a.ResourceId = &r.ResourceID
		}
		out = append(out, a)
	}
	return out
}

// The images that the service provides.
var (
	//go:embed branding_favicon.svg
	providedFavicon []byte
	//go:embed branding_background_light.svg
	providedLight []byte
	//go:embed branding_background_dark.svg
	providedDark []byte
)

// withProvidedAssets adds the provided images of categories and modes that the
// assets lack.
func withProvidedAssets(assets []types.AssetType) []types.AssetType {
	for _, p := range []types.AssetType{
		{Category: types.AssetCategoryTypeFaviconSvg, ColorMode: types.ColorSchemeModeTypeDynamic, Extension: types.AssetExtensionTypeSvg, Bytes: providedFavicon},
		{Category: types.AssetCategoryTypePageBackground, ColorMode: types.ColorSchemeModeTypeLight, Extension: types.AssetExtensionTypeSvg, Bytes: providedLight},
		{Category: types.AssetCategoryTypePageBackground, ColorMode: types.ColorSchemeModeTypeDark, Extension: types.AssetExtensionTypeSvg, Bytes: providedDark},
	} {
		if !slices.ContainsFunc(assets, func(a types.AssetType) bool {
			return a.Category == p.Category && (a.ColorMode == p.ColorMode || a.ColorMode == types.ColorSchemeModeTypeDynamic)
		}) {
			assets = append(assets, p)
		}
	}
	return assets
}
