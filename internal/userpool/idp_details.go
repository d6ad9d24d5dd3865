package userpool

import (
	"context"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// The names of provider details (API Reference, IdentityProviderType).
const (
	detailClientID            = "client_id"
	detailClientSecret        = "client_secret"
	detailScopes              = "authorize_scopes"
	detailAuthorizeURL        = "authorize_url"
	detailTokenURL            = "token_url"
	detailTokenMethod         = "token_request_method"
	detailAttributesURL       = "attributes_url"
	detailAttributesMethod    = "attributes_request_method"
	detailAddAttributes       = "attributes_url_add_attributes"
	detailIssuer              = "oidc_issuer"
	detailJWKSURI             = "jwks_uri"
	detailAPIVersion          = "api_version"
	detailTeamID              = "team_id"
	detailKeyID               = "key_id"
	detailPrivateKey          = "private_key"
	detailMetadataURL         = "MetadataURL"
	detailMetadataFile        = "MetadataFile"
	detailIDPInit             = "IDPInit"
	detailIDPSignout          = "IDPSignout"
	detailEncryptedResponses  = "EncryptedResponses"
	detailSigningAlgorithm    = "RequestSigningAlgorithm"
	detailSSORedirect         = "SSORedirectBindingURI"
	detailSLORedirect         = "SLORedirectBindingURI"
	detailEncryptionCert      = "ActiveEncryptionCertificate"
	defaultFacebookAPIVersion = "v17.0"
)

const (
	detailsRequired   = "%s are all required idp details"
	detailInvalid     = "Invalid value for %s: %s"
	privateKeyInvalid = "The private_key is not a valid PKCS #8 key of the P-256 curve."
)

// socialProvider says what a social provider's details must have, and what is
// known of it.
type socialProvider struct {
	required []string
	// details returns the endpoints of the provider.
	details func(given map[string]string) map[string]string
}

var socialProviders = map[types.IdentityProviderTypeType]socialProvider{
	types.IdentityProviderTypeTypeGoogle: {
		[]string{detailClientID, detailClientSecret, detailScopes},
		func(map[string]string) map[string]string {
			return map[string]string{
				detailAttributesURL: "https://people.googleapis.com/v1/people/me?personFields=", detailAddAttributes: "true",
				detailAuthorizeURL: "https://accounts.google.com/o/oauth2/v2/auth", detailIssuer: "https://accounts.google.com",
				detailTokenMethod: "POST", detailTokenURL: "https://www.googleapis.com/oauth2/v4/token",
			}
		},
	},
	types.IdentityProviderTypeTypeFacebook: {
		[]string{detailClientID, detailClientSecret, detailScopes},
		func(given map[string]string) map[string]string {
			version := or(given[detailAPIVersion], defaultFacebookAPIVersion)
			return map[string]string{
				detailAPIVersion: version, detailAttributesURL: "https://graph.facebook.com/" + version + "/me?fields=", detailAddAttributes: "true",
				detailAuthorizeURL: "https://www.facebook.com/" + version + "/dialog/oauth",
				detailTokenMethod:  "GET", detailTokenURL: "https://graph.facebook.com/" + version + "/oauth/access_token",
			}
		},
	},
	types.IdentityProviderTypeTypeLoginWithAmazon: {
		[]string{detailClientID, detailClientSecret, detailScopes},
		func(map[string]string) map[string]string {
			return map[string]string{
				detailAttributesURL: "https://api.amazon.com/user/profile", detailAddAttributes: "false",
				detailAuthorizeURL: "https://www.amazon.com/ap/oa",
				detailTokenMethod:  "POST", detailTokenURL: "https://api.amazon.com/auth/o2/token",
			}
		},
	},
	types.IdentityProviderTypeTypeSignInWithApple: {
		[]string{detailClientID, detailTeamID, detailKeyID, detailPrivateKey, detailScopes},
		func(map[string]string) map[string]string {
			return map[string]string{
				detailAddAttributes: "false", detailAuthorizeURL: "https://appleid.apple.com/auth/authorize", detailIssuer: "https://appleid.apple.com",
				detailTokenMethod: "POST", detailTokenURL: "https://appleid.apple.com/auth/token",
			}
		},
	},
}

var facebookVersion = regexp.MustCompile(`^v\d{1,3}\.\d{1,2}$`)

// configureProvider checks the details given and gives the provider those and
// what follows from them. It may ask the provider, so that it must be called
// outside of transactions.
func (s *Service) configureProvider(ctx context.Context, i *idp, given map[string]string) error {
	details, secret := maps.Clone(given), map[string]string{}
	if details == nil {
		details = map[string]string{}
	}
	before := i.Secret
	switch of := types.IdentityProviderTypeType(i.Type); of {
	case types.IdentityProviderTypeTypeSaml:
		if err := s.configureSAML(ctx, i, details); err != nil {
			return err
		}
	case types.IdentityProviderTypeTypeOidc:
		if err := s.configureOIDC(ctx, details); err != nil {
			return err
		}
	default:
		if details[detailPrivateKey] == "" && before[detailPrivateKey] != "" {
			details[detailPrivateKey] = before[detailPrivateKey]
		}
		if err := configureSocial(of, details); err != nil {
			return err
		}
	}
	for _, name := range []string{detailClientSecret, detailPrivateKey} {
		if value, ok := details[name]; ok {
			secret[name] = value
			delete(details, name)
		}
	}
	i.Doc.ProviderDetails, i.Secret = details, secret
	return nil
}

// configureSocial checks the details of a social provider and adds its
// endpoints.
func configureSocial(of types.IdentityProviderTypeType, details map[string]string) error {
	social := socialProviders[of]
	if err := requireDetails(details, social.required); err != nil {
		return err
	}
	if v := details[detailAPIVersion]; of == types.IdentityProviderTypeTypeFacebook && v != "" && !facebookVersion.MatchString(v) {
		return invalidParameter(detailInvalid, detailAPIVersion, v)
	}
	for name, value := range social.details(details) {
		if details[name] == "" {
			details[name] = value
		}
	}
	if key := details[detailPrivateKey]; key != "" && !isApplePrivateKey(key) {
		return invalidParameter(privateKeyInvalid)
	}
	return checkEndpoints(details)
}

// requireDetails refuses details of which one is missing, naming them all.
func requireDetails(details map[string]string, required []string) error {
	for _, name := range required {
		if strings.TrimSpace(details[name]) == "" {
			last := len(required) - 1
			return invalidParameter(detailsRequired, strings.Join(required[:last], ", ")+" and "+required[last])
		}
	}
	return nil
}

// endpoints are the details that are addresses.
var endpoints = []string{detailAuthorizeURL, detailTokenURL, detailAttributesURL, detailJWKSURI, detailIssuer}

// checkEndpoints checks that what is an address is one that can be called
// safely, and what is a method is one.
func checkEndpoints(details map[string]string) error {
	for _, name := range endpoints {
		if value, ok := details[name]; ok && !isEndpoint(value) {
			return invalidParameter(detailInvalid, name, value)
		}
	}
	for _, name := range []string{detailAttributesMethod, detailTokenMethod} {
		if value, ok := details[name]; ok && !slices.Contains([]string{"GET", "POST"}, value) {
			return invalidParameter(detailInvalid, name, value)
		}
	}
	if value, ok := details[detailAddAttributes]; ok && value != "true" && value != "false" {
		return invalidParameter(detailInvalid, detailAddAttributes, value)
	}
	return nil
}

// isApplePrivateKey tells whether a text is a key as Apple issues it: PKCS #8 of
// the P-256 curve, in PEM or the base64 within.
func isApplePrivateKey(key string) bool {
	var der []byte
	if block, _ := pem.Decode([]byte(key)); block != nil {
		der = block.Bytes
	} else {
		der, _ = base64.StdEncoding.DecodeString(strings.Join(strings.Fields(key), ""))
	}
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return false
	}
	private, ok := parsed.(*ecdsa.PrivateKey)
	return ok && private.Params().BitSize == 256
}
