package server_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/poolhouse-id/poolhouse/decision"
	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/deliver"
	iamservice "github.com/poolhouse-id/poolhouse/internal/iam"
	"github.com/poolhouse-id/poolhouse/internal/identitypool"
	"github.com/poolhouse-id/poolhouse/internal/saml/samltest"
	"github.com/poolhouse-id/poolhouse/internal/server"
)

// Every operation of IAM and STS succeeds for the Go SDK, and answers every
// error that it declares, but for those that cannot be provoked.
func TestEveryOperationOfIAMAndSTS(t *testing.T) {
	t.Parallel()
	idp := samltest.New(t, "https://idp.example.com/metadata")
	values := wireValues(t)
	values["METADATA"] = idp.Metadata + strings.Repeat(" ", 1000)
	api := tokenAPI(t)
	s := newScript(start(t, func(c *server.Config) { c.PublicProviders = identitypool.Endpoints{Facebook: api, Amazon: api} }), values)
	s.run("iam.calls")
	s.prepareSTS(idp)
	s.run("sts.calls")
	small := newScript(start(t, func(c *server.Config) {
		c.IAMQuotas = iamservice.Quotas{
			Users: 1, Groups: 2, Roles: 2, Policies: 2, InstanceProfiles: 1, AttachedPoliciesPerUser: 1, AttachedPoliciesPerGroup: 1, AttachedPoliciesPerRole: 1,
			AccessKeysPerUser: 1, GroupsPerUser: 1, MFADevicesPerUser: 1, Providers: 1, ClientIDsPerProvider: 1, ServerCertificates: 1, DelegationRequests: 1, VersionsPerPolicy: 1,
		}
	}), values)
	small.answered = s.answered
	small.run("iam_limits.calls")
	operations := append(append([]awswire.OpInfo{}, awswire.Operations(awswire.IAM)...), awswire.Operations(awswire.STS)...)
	empty := newScript(start(t), values)
	empty.answered = s.answered
	empty.without(operations)
	for _, op := range operations {
		if !s.answered[op.Name][""] && unprovokedReason(op.Name, "") == "" {
			t.Errorf("%s is not seen to succeed", op.Name)
		}
		for _, code := range op.Errors {
			reason := unprovokedReason(op.Name, code)
			switch seen := s.answered[op.Name][code]; {
			case seen && reason != "":
				t.Errorf("%s answers %s, which is said not to happen", op.Name, code)
			case !seen && reason == "":
				t.Errorf("%s is not seen to answer %s", op.Name, code)
			}
		}
	}
}

// tokenAPI answers as Facebook and Login with Amazon do whose an access token
// is: the tokens are "good", "down" for an outage, and others that are not good.
func tokenAPI(t *testing.T) string {
	t.Helper()
	answers := map[string]string{"/app": `{"id":"app"}`, "/me": `{"id":"jane"}`, "/auth/o2/tokeninfo": `{"user_id":"jane","app_id":"app","exp":3600}`}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Query().Get("access_token") {
		case "good":
			fmt.Fprint(w, answers[r.URL.Path])
		case "down":
			w.WriteHeader(http.StatusBadGateway)
		default:
			w.WriteHeader(http.StatusBadRequest)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// prepareSTS makes what comes to STS from elsewhere: the exchange token that a
// partner's topic got, a denial of the decision point, and an assertion.
func (s *script) prepareSTS(idp *samltest.Provider) {
	s.t.Helper()
	messages, err := s.srv.Inbox(s.t.Context(), deliver.Filter{Destination: "arn:aws:sns:us-east-1:111122223333:t"})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, m := range messages {
		var event struct{ ExchangeToken string }
		if err := json.Unmarshal([]byte(m.Body), &event); err != nil {
			s.t.Fatal(err)
		}
		if event.ExchangeToken != "" {
			s.values["EXCHANGE"] = event.ExchangeToken
		}
	}
	asker := &decision.Client{Endpoint: s.url, Credentials: s.actors[""].Credentials}
	denied := s.user(iam.NewFromConfig(s.actors[""]), "denied")
	answer, err := asker.Decide(s.t.Context(), decision.Ask(s3Request(s.t, denied, "GET", "http://store.example/a", time.Now()), "s3", "s3:GetObject", "arn:aws:s3:::a"))
	if err != nil {
		s.t.Fatal(err)
	}
	s.values["DENIAL"] = answer.Error.EncodedMessage
	const attributes, signIn = "https://aws.amazon.com/SAML/Attributes/", "https://signin.aws.amazon.com/saml"
	now := s.clock.Now()
	s.values["ASSERTION"] = idp.Respond(samltest.Assertion{
		Issuer: idp.EntityID, Subject: "alice", Audience: signIn, Recipient: signIn, IssuedAt: now, NotOnOrAfter: now.Add(5 * time.Minute),
		Attributes: map[string][]string{
			attributes + "Role":            {"arn:aws:iam::" + account + ":saml-provider/company,arn:aws:iam::" + account + ":role/saml"},
			attributes + "RoleSessionName": {"alice"},
		},
	})
}

func wireValues(t *testing.T) map[string]string {
	t.Helper()
	cert, key := certificate(t, "one")
	_, otherKey := certificate(t, "two")
	again, _ := certificate(t, "three")
	fourth, _ := certificate(t, "four")
	var many, long []string
	for i := range 50 {
		many = append(many, fmt.Sprintf(`{"Key":"k%d","Value":""}`, i))
		long = append(long, fmt.Sprintf(`{"Key":"k%d","Value":"%s"}`, i, strings.Repeat("x", 200)))
	}
	values := map[string]string{
		"ALLOW": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`,
		"LIST":  `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:List*","Resource":"*"}]}`,
		"TRUST": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + account + `"},"Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"]}]}`,
		"LONG":  `{"Version":"2012-10-17","Statement":[{"Sid":"` + strings.Repeat("x", 11000) + `","Effect":"Allow","Action":"*","Resource":"*"}]}`,
		"CERT":  cert, "KEY": key, "OTHERKEY": otherKey, "CERT2": again,
		"NEARLY": `{"Version":"2012-10-17","Statement":[{"Sid":"` + strings.Repeat("x", 1940) + `","Effect":"Allow","Action":"*","Resource":"*"}]}`,
		"SSH":    sshKey(t),
		"CERT3":  fourth, "LONGTRUST": `{"Version":"2012-10-17","Statement":[{"Sid":"` + strings.Repeat("x", 3000) + `","Effect":"Allow","Principal":{"AWS":"` + account + `"},"Action":"sts:AssumeRole"}]}`,
		"MANYTAGS": "[" + strings.Join(many, ",") + "]", "LONGTAGS": "[" + strings.Join(long, ",") + "]",
		"WORDY":   `{"Version":"2012-10-17","Statement":[{"Sid":"` + strings.Repeat("x", 2048) + `","Effect":"Allow","Action":"*","Resource":"*"}]}`,
		"ACCOUNT": account, "DOLLAR": "$",
	}
	for i := range 6 {
		values[fmt.Sprint("SSH", i+1)] = sshKey(t)
	}
	return values
}

// sshKey is an RSA key in the form of OpenSSH.
func sshKey(t *testing.T) string {
	t.Helper()
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	public, err := ssh.NewPublicKey(&private.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return string(ssh.MarshalAuthorizedKey(public))
}

// certificate is a self-signed certificate with its key, in PEM.
func certificate(t *testing.T, name string) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}))
}

// unprovoked are errors that no call brings about, with the operations that
// declare them (all when there are none) and the reason.
var unprovoked = []struct{ code, operations, reason string }{
	{"ServiceFailure", "", "It is the server's own failure."},
	{"ConcurrentModification", "", "Transactions are tried again until they succeed."},
	{"RegionDisabledException", "", "Every region is enabled."},
	{"EntityTemporarilyUnmodifiable", "", "Changes act at once."},
	{"OrganizationNotFoundException", "", "All accounts are in an organization."},
	{"OrganizationNotInAllFeaturesModeException", "", "The organization has all features."},
	{"ServiceAccessNotEnabledException", "", "IAM has access to the organization."},
	{"CallerIsNotManagementAccountException", "", "The organization delegates its administration to nobody."},
	{"ReportInProgress", "", "Reports are complete at once."},
	{"ReportGenerationLimitExceeded", "", "Reports are complete at once."},
	{"PolicyEvaluation", "", "Every valid policy can be evaluated."},
	{"IDPRejectedClaim", "AssumeRoleWithSAML", "No provider is asked about an assertion."},
	{"OpenIdIdpCommunicationError", "", "Thumbprints are not fetched."},
	{"InvalidCertificate", "", "Certificates that are not valid any more are kept, as they are not used."},
	{"", "AcquireRole GetRoleTemplateVersion", "There are no role templates."},
	{"EntityAlreadyExists", "AddRoleToInstanceProfile", "AWS answers LimitExceeded for a second role."},
	{"EntityAlreadyExists", "UploadSigningCertificate", "AWS answers DuplicateCertificate."},
	{"DeleteConflict", "DeleteServerCertificate", "Nothing uses server certificates."},
	{"ExpiredTokenException", "AssumeRole AssumeRoot", "They take no token of a provider."},
	{"MalformedPolicyDocument", "UpdateAccountPasswordPolicy", "It takes no document."},
	{"NotSupportedService", "CreateServiceSpecificCredential", "AWS answers NoSuchEntity."},
	{"PackedPolicyTooLarge", "GetDelegatedAccessToken", "The policy is no session policy with its limits."},
	{"UnmodifiableEntity", "RemoveRoleFromInstanceProfile", "A service-linked role cannot be in one."},
	{"UnmodifiableEntity", "UpdateRoleDescription", "The description of a service-linked role can be edited."},
	{"UnrecognizedPublicKeyEncoding", "GetSSHPublicKey", "The encoding is checked before, against the model."},
	{"NoSuchEntity", "CreateGroup CreateServiceLinkedRole ListDelegationRequests UpdateAccountPasswordPolicy", "They name nothing that has to exist."},
	{"LimitExceeded", "CreateServiceLinkedRole", "Service-linked roles do not count."},
	{"LimitExceeded", "ChangePassword CreateAccountAlias CreateLoginProfile CreateVirtualMFADevice DeactivateMFADevice DeleteAccessKey DeleteAccountAlias " +
		"DeleteAccountPasswordPolicy DeleteGroup DeleteGroupPolicy DeleteInstanceProfile DeleteLoginProfile DeletePolicy DeletePolicyVersion DeleteRole " +
		"DeleteRolePolicy DeleteSAMLProvider DeleteServerCertificate DeleteServiceLinkedRole DeleteSigningCertificate DeleteUser DeleteUserPolicy " +
		"DeleteVirtualMFADevice DetachGroupPolicy DetachRolePolicy DetachUserPolicy GenerateCredentialReport RemoveRoleFromInstanceProfile " +
		"RemoveUserFromGroup ResyncMFADevice SetDefaultPolicyVersion UpdateAccessKey UpdateAccountPasswordPolicy UpdateGroup UpdateLoginProfile " +
		"UpdateSAMLProvider UpdateServerCertificate UpdateSigningCertificate UpdateUser",
		"There is no quota of what it makes, or it makes nothing."},
	{"InvalidInput", "AddClientIDToOpenIDConnectProvider AttachGroupPolicy AttachRolePolicy AttachUserPolicy CreatePolicyVersion DeleteOpenIDConnectProvider DeletePolicy " +
		"DeletePolicyVersion DeleteSAMLProvider DetachGroupPolicy DetachRolePolicy DetachUserPolicy GetAccountProperties GetOpenIDConnectProvider GetPolicy " +
		"GetPolicyVersion GetSAMLProvider GetServiceLastAccessedDetails GetServiceLinkedRoleDeletionStatus ListAttachedGroupPolicies " +
		"ListAttachedRolePolicies ListAttachedUserPolicies ListDelegationRequests ListEntitiesForPolicy ListMFADeviceTags ListOpenIDConnectProviderTags " +
		"ListPoliciesGrantingServiceAccess ListPolicyTags ListPolicyVersions ListSAMLProviderTags RemoveClientIDFromOpenIDConnectProvider " +
		"SetDefaultPolicyVersion UntagInstanceProfile UntagMFADevice UntagOpenIDConnectProvider UntagPolicy UntagSAMLProvider UntagServerCertificate " +
		"UpdateAccessKey UpdateOpenIDConnectProviderThumbprint UpdateSSHPublicKey UpdateSigningCertificate",
		"What its input may be is in the model, whose check answers ValidationError; AWS answers NoSuchEntity, or ValidationError, for ARNs of nothing."},
}

// unprovokedReason is why an operation does not answer a code, empty when it
// can.
func unprovokedReason(operation, code string) string {
	for _, u := range unprovoked {
		if (u.code == code || u.code == "" && code != "NoSuchEntity") && (u.operations == "" || contains(strings.Fields(u.operations), operation)) {
			return u.reason
		}
	}
	return ""
}
