package iam

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/csv"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// pair makes a self-signed certificate and its private key in PEM.
func pair(t testing.TB) (certificate, key string) {
	t.Helper()
	private := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(t)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "x"}, NotBefore: time.Unix(1700000000, 0), NotAfter: time.Unix(2000000000, 0)}
	der := must(x509.CreateCertificate(rand.Reader, template, template, private.Public(), private))(t)
	pkcs8 := must(x509.MarshalPKCS8PrivateKey(private))(t)
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}))
}

func TestServerCertificates(t *testing.T) {
	t.Parallel()
	f := newFixture(t, Quotas{ServerCertificates: 2})
	cert, key := pair(t)
	_, other := pair(t)
	upload := func(name, cert, key string) (*iam.UploadServerCertificateOutput, error) {
		return f.UploadServerCertificate(f.ctx, &iam.UploadServerCertificateInput{ServerCertificateName: &name, CertificateBody: &cert, PrivateKey: &key, Path: p("/cf/"), Tags: []types.Tag{{Key: p("a"), Value: p("b")}}})
	}
	got := must(upload("Web", cert, key))(t)
	m := got.ServerCertificateMetadata
	if *m.Arn != "arn:aws:iam::"+account+":server-certificate/cf/Web" || !strings.HasPrefix(*m.ServerCertificateId, "ASCA") || m.Expiration.Unix() != 2000000000 || len(got.Tags) != 1 {
		t.Errorf("%+v", m)
	}
	refused[*iam.UploadServerCertificateOutput](t, "EntityAlreadyExists", "The Server Certificate with name WEB already exists.")(upload("WEB", cert, key))
	refused[*iam.UploadServerCertificateOutput](t, "KeyPairMismatch", msgKeyMismatch)(upload("x", cert, other))
	refused[*iam.UploadServerCertificateOutput](t, "MalformedCertificate", msgCertMalformed)(upload("x", "nonsense", key))
	refused[*iam.UploadServerCertificateOutput](t, "MalformedCertificate", msgKeyMalformed)(upload("x", cert, "nonsense"))
	must(f.UpdateServerCertificate(f.ctx, &iam.UpdateServerCertificateInput{ServerCertificateName: p("web"), NewServerCertificateName: p("new"), NewPath: p("/x/")}))(t)
	c := must(f.GetServerCertificate(f.ctx, &iam.GetServerCertificateInput{ServerCertificateName: p("NEW")}))(t).ServerCertificate
	if *c.CertificateBody != cert || *c.ServerCertificateMetadata.Arn != "arn:aws:iam::"+account+":server-certificate/x/new" || len(c.Tags) != 1 {
		t.Errorf("%+v", c)
	}
	must(upload("second", cert, key))(t)
	refused[*iam.UploadServerCertificateOutput](t, "LimitExceeded", "Cannot exceed quota for ServerCertificatesPerAccount: 2")(upload("third", cert, key))
	if list := must(f.ListServerCertificates(f.ctx, &iam.ListServerCertificatesInput{PathPrefix: p("/x/")}))(t).ServerCertificateMetadataList; len(list) != 1 {
		t.Errorf("%+v", list)
	}
	must(f.DeleteServerCertificate(f.ctx, &iam.DeleteServerCertificateInput{ServerCertificateName: p("new")}))(t)
	refused[*iam.GetServerCertificateOutput](t, "NoSuchEntity", "The Server Certificate with name new cannot be found.")(f.GetServerCertificate(f.ctx, &iam.GetServerCertificateInput{ServerCertificateName: p("new")}))
}

func TestSSHPublicKeys(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.newUser("u")
	private := must(rsa.GenerateKey(rand.Reader, 2048))(t)
	body := "ssh-rsa " + base64.StdEncoding.EncodeToString(sshBlob(&private.PublicKey)) + " u@host"
	upload := func(body string) (*iam.UploadSSHPublicKeyOutput, error) {
		return f.UploadSSHPublicKey(f.ctx, &iam.UploadSSHPublicKeyInput{UserName: p("u"), SSHPublicKeyBody: &body})
	}
	k := must(upload(body))(t).SSHPublicKey
	if !strings.HasPrefix(*k.SSHPublicKeyId, "APKA") || len(strings.Split(*k.Fingerprint, ":")) != 16 || k.Status != "Active" {
		t.Errorf("%+v", k)
	}
	refused[*iam.UploadSSHPublicKeyOutput](t, "DuplicateSSHPublicKey", msgSSHDuplicate)(upload(body))
	refused[*iam.UploadSSHPublicKeyOutput](t, "UnrecognizedPublicKeyEncoding", msgSSHInvalid)(upload("ssh-ed25519 AAAA"))
	refused[*iam.UploadSSHPublicKeyOutput](t, "InvalidPublicKey", msgSSHInvalid)(upload("ssh-rsa AAAA"))
	small := must(rsa.GenerateKey(rand.Reader, 1024))(t)
	refused[*iam.UploadSSHPublicKeyOutput](t, "InvalidPublicKey", msgSSHInvalid)(upload("ssh-rsa " + base64.StdEncoding.EncodeToString(sshBlob(&small.PublicKey))))
	inPEM := must(f.GetSSHPublicKey(f.ctx, &iam.GetSSHPublicKeyInput{UserName: p("u"), SSHPublicKeyId: k.SSHPublicKeyId, Encoding: types.EncodingTypePem}))(t).SSHPublicKey
	block, _ := pem.Decode([]byte(*inPEM.SSHPublicKeyBody))
	parsed := must(x509.ParsePKIXPublicKey(block.Bytes))(t)
	if !private.PublicKey.Equal(parsed) {
		t.Error("another key came back")
	}
	must(f.UpdateSSHPublicKey(f.ctx, &iam.UpdateSSHPublicKeyInput{UserName: p("u"), SSHPublicKeyId: k.SSHPublicKeyId, Status: types.StatusTypeInactive}))(t)
	if list := must(f.ListSSHPublicKeys(f.ctx, &iam.ListSSHPublicKeysInput{UserName: p("u")}))(t).SSHPublicKeys; len(list) != 1 || list[0].Status != "Inactive" {
		t.Errorf("%+v", list)
	}
	refused[*iam.DeleteUserOutput](t, "DeleteConflict", msgDeleteObjects)(f.DeleteUser(f.ctx, &iam.DeleteUserInput{UserName: p("u")}))
	f.newUser("v")
	refused[*iam.DeleteSSHPublicKeyOutput](t, "NoSuchEntity", "The Public Key with id "+*k.SSHPublicKeyId+" cannot be found.")(f.DeleteSSHPublicKey(f.ctx, &iam.DeleteSSHPublicKeyInput{UserName: p("v"), SSHPublicKeyId: k.SSHPublicKeyId}))
	must(f.DeleteSSHPublicKey(f.ctx, &iam.DeleteSSHPublicKeyInput{UserName: p("u"), SSHPublicKeyId: k.SSHPublicKeyId}))(t)
}

func TestSigningCertificates(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.newUser("u")
	upload := func(body string) (*iam.UploadSigningCertificateOutput, error) {
		return f.UploadSigningCertificate(f.ctx, &iam.UploadSigningCertificateInput{UserName: p("u"), CertificateBody: &body})
	}
	first, _ := pair(t)
	second, _ := pair(t)
	third, _ := pair(t)
	c := must(upload(first))(t).Certificate
	refused[*iam.UploadSigningCertificateOutput](t, "DuplicateCertificate", msgCertDuplicate)(upload(first))
	refused[*iam.UploadSigningCertificateOutput](t, "MalformedCertificate", msgCertMalformed)(upload("x"))
	must(upload(second))(t)
	refused[*iam.UploadSigningCertificateOutput](t, "LimitExceeded", "Cannot exceed quota for SigningCertificatesPerUser: 2")(upload(third))
	must(f.UpdateSigningCertificate(f.ctx, &iam.UpdateSigningCertificateInput{UserName: p("u"), CertificateId: c.CertificateId, Status: types.StatusTypeInactive}))(t)
	list := must(f.ListSigningCertificates(f.ctx, &iam.ListSigningCertificatesInput{UserName: p("u"), MaxItems: p[int32](1)}))(t)
	if len(list.Certificates) != 1 || !list.IsTruncated {
		t.Errorf("%+v", list)
	}
	must(f.DeleteSigningCertificate(f.ctx, &iam.DeleteSigningCertificateInput{UserName: p("u"), CertificateId: c.CertificateId}))(t)
	refused[*iam.DeleteSigningCertificateOutput](t, "NoSuchEntity", "The Certificate with id "+*c.CertificateId+" cannot be found.")(f.DeleteSigningCertificate(f.ctx, &iam.DeleteSigningCertificateInput{UserName: p("u"), CertificateId: c.CertificateId}))
}

func TestServiceSpecificCredentials(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.newUser("u")
	create := func(user, service string) (*iam.CreateServiceSpecificCredentialOutput, error) {
		return f.CreateServiceSpecificCredential(f.ctx, &iam.CreateServiceSpecificCredentialInput{UserName: &user, ServiceName: &service})
	}
	c := must(create("u", "codecommit.amazonaws.com"))(t).ServiceSpecificCredential
	if !strings.HasPrefix(*c.ServiceSpecificCredentialId, "ACCA") || *c.ServiceUserName != "u-at-"+account || len(*c.ServicePassword) < 40 {
		t.Errorf("%+v", c)
	}
	refused[*iam.CreateServiceSpecificCredentialOutput](t, "NoSuchEntity", "The user with name x cannot be found.")(create("x", "nosuch"))
	refused[*iam.CreateServiceSpecificCredentialOutput](t, "NoSuchEntity", "No such service nosuch is supported for Service Specific Credentials")(create("u", "nosuch"))
	must(create("u", "codecommit.amazonaws.com"))(t)
	refused[*iam.CreateServiceSpecificCredentialOutput](t, "LimitExceeded", "Cannot exceed quota for ServiceSpecificCredentialsPerUser: 2")(create("u", "codecommit.amazonaws.com"))
	must(create("u", "cassandra.amazonaws.com"))(t)
	again := must(f.ResetServiceSpecificCredential(f.ctx, &iam.ResetServiceSpecificCredentialInput{UserName: p("u"), ServiceSpecificCredentialId: c.ServiceSpecificCredentialId}))(t).ServiceSpecificCredential
	if *again.ServicePassword == *c.ServicePassword {
		t.Error("the password stayed")
	}
	must(f.UpdateServiceSpecificCredential(f.ctx, &iam.UpdateServiceSpecificCredentialInput{UserName: p("u"), ServiceSpecificCredentialId: c.ServiceSpecificCredentialId, Status: types.StatusTypeInactive}))(t)
	if list := must(f.ListServiceSpecificCredentials(f.ctx, &iam.ListServiceSpecificCredentialsInput{UserName: p("u"), ServiceName: p("cassandra.amazonaws.com")}))(t).ServiceSpecificCredentials; len(list) != 1 {
		t.Errorf("%+v", list)
	}
	must(f.DeleteServiceSpecificCredential(f.ctx, &iam.DeleteServiceSpecificCredentialInput{UserName: p("u"), ServiceSpecificCredentialId: c.ServiceSpecificCredentialId}))(t)
	refused[*iam.DeleteServiceSpecificCredentialOutput](t, "NoSuchEntity", "No such credential "+*c.ServiceSpecificCredentialId+" exists")(
		f.DeleteServiceSpecificCredential(f.ctx, &iam.DeleteServiceSpecificCredentialInput{UserName: p("u"), ServiceSpecificCredentialId: c.ServiceSpecificCredentialId}))
}

func TestServiceLinkedRoles(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	create := func(service, suffix string) (*iam.CreateServiceLinkedRoleOutput, error) {
		in := &iam.CreateServiceLinkedRoleInput{AWSServiceName: &service}
		if suffix != "" {
			in.CustomSuffix = &suffix
		}
		return f.CreateServiceLinkedRole(f.ctx, in)
	}
	r := must(create("email.cognito-idp.amazonaws.com", ""))(t).Role
	if *r.Arn != roleARN+"aws-service-role/email.cognito-idp.amazonaws.com/AWSServiceRoleForAmazonCognitoIdpEmailService" {
		t.Error(*r.Arn)
	}
	refused[*iam.CreateServiceLinkedRoleOutput](t, "InvalidInput", "Service role name "+*r.RoleName+" has been taken in this account, please try a different suffix.")(create("email.cognito-idp.amazonaws.com", ""))
	refused[*iam.CreateServiceLinkedRoleOutput](t, "InvalidInput", "Custom suffix is not allowed for email.cognito-idp.amazonaws.com")(create("email.cognito-idp.amazonaws.com", "x"))
	refused[*iam.CreateServiceLinkedRoleOutput](t, "InvalidInput", "The service name nonsense is not valid.")(create("nonsense", ""))
	if scaled := must(create("autoscaling.amazonaws.com", "two"))(t).Role; *scaled.RoleName != "AWSServiceRoleForAutoScaling_two" {
		t.Error(*scaled.RoleName)
	}
	protected := "Cannot perform the operation on the protected role '" + *r.RoleName + "' - this role is only modifiable by AWS"
	refused[*iam.DeleteRoleOutput](t, "UnmodifiableEntity", protected)(f.DeleteRole(f.ctx, &iam.DeleteRoleInput{RoleName: r.RoleName}))
	refused[*iam.UpdateRoleOutput](t, "UnmodifiableEntity", protected)(f.UpdateRole(f.ctx, &iam.UpdateRoleInput{RoleName: r.RoleName}))
	refused[*iam.AttachRolePolicyOutput](t, "UnmodifiableEntity", protected)(f.AttachRolePolicy(f.ctx, &iam.AttachRolePolicyInput{RoleName: r.RoleName, PolicyArn: p(managedPrefix + "ReadOnlyAccess")}))
	refused[*iam.CreateRoleOutput](t, "AccessDenied", msgServicePath)(f.CreateRole(f.ctx, &iam.CreateRoleInput{RoleName: p("x"), Path: p("/aws-service-role/x/"), AssumeRolePolicyDocument: p(trustEC2)}))
	f.role("plain")
	refused[*iam.DeleteServiceLinkedRoleOutput](t, "InvalidInput", "The role plain is not a service-linked role.")(f.DeleteServiceLinkedRole(f.ctx, &iam.DeleteServiceLinkedRoleInput{RoleName: p("plain")}))
	task := must(f.DeleteServiceLinkedRole(f.ctx, &iam.DeleteServiceLinkedRoleInput{RoleName: r.RoleName}))(t).DeletionTaskId
	if got := must(f.GetServiceLinkedRoleDeletionStatus(f.ctx, &iam.GetServiceLinkedRoleDeletionStatusInput{DeletionTaskId: task}))(t).Status; got != "SUCCEEDED" {
		t.Error(got)
	}
	refused[*iam.GetServiceLinkedRoleDeletionStatusOutput](t, "NoSuchEntity", "Deletion id task/x does not exist.")(f.GetServiceLinkedRoleDeletionStatus(f.ctx, &iam.GetServiceLinkedRoleDeletionStatusInput{DeletionTaskId: p("task/x")}))
}

func TestCredentialReport(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	_, err := f.GetCredentialReport(f.ctx, nil)
	var absent *types.CredentialReportNotPresentException
	if !errors.As(err, &absent) || absent.Message != nil {
		t.Fatal(err)
	}
	f.newUser("u")
	f.newKey("u")
	must(f.CreateLoginProfile(f.ctx, &iam.CreateLoginProfileInput{UserName: p("u"), Password: p("Abcdefgh1")}))(t)
	if got := must(f.GenerateCredentialReport(f.ctx, nil))(t); got.State != "STARTED" {
		t.Errorf("%+v", got)
	}
	if got := must(f.GenerateCredentialReport(f.ctx, nil))(t); got.State != "COMPLETE" {
		t.Errorf("%+v", got)
	}
	out := must(f.GetCredentialReport(f.ctx, nil))(t)
	rows := must(csv.NewReader(bytes.NewReader(out.Content)).ReadAll())(t)
	if len(rows) != 3 || rows[1][0] != "<root_account>" || rows[2][0] != "u" || rows[2][3] != "true" || rows[2][7] != "false" || rows[2][8] != "true" || rows[2][10] != "N/A" || rows[2][13] != "false" {
		t.Errorf("%v", rows)
	}
	f.clock.Advance(5 * time.Hour)
	refused[*iam.GetCredentialReportOutput](t, "ReportExpired", "")(f.GetCredentialReport(f.ctx, nil))
}

func TestGetAccountAuthorizationDetails(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.newUser("u")
	f.newGroup("g")
	must(f.AddUserToGroup(f.ctx, &iam.AddUserToGroupInput{UserName: p("u"), GroupName: p("g")}))(t)
	f.role("r")
	f.inline("r", "in", allowAll)
	f.policy("local")
	must(f.AttachRolePolicy(f.ctx, &iam.AttachRolePolicyInput{RoleName: p("r"), PolicyArn: p(managedPrefix + "ReadOnlyAccess")}))(t)
	out := must(f.GetAccountAuthorizationDetails(f.ctx, &iam.GetAccountAuthorizationDetailsInput{}))(t)
	if len(out.UserDetailList) != 1 || fmt.Sprint(out.UserDetailList[0].GroupList) != "[g]" || len(out.GroupDetailList) != 1 || len(out.RoleDetailList) != 1 || len(out.Policies) != 2 || out.IsTruncated {
		t.Errorf("%+v", out)
	}
	if r := out.RoleDetailList[0]; len(r.RolePolicyList) != 1 || *r.RolePolicyList[0].PolicyDocument != allowAll || len(r.AttachedManagedPolicies) != 1 || *r.AssumeRolePolicyDocument != trustEC2 {
		t.Errorf("%+v", r)
	}
	if v := out.Policies[0].PolicyVersionList; len(v) != 1 || *v[0].Document != allowAll {
		t.Errorf("%+v", out.Policies[0])
	}
	in := &iam.GetAccountAuthorizationDetailsInput{MaxItems: p[int32](1)}
	n := 0
	for {
		page := must(f.GetAccountAuthorizationDetails(f.ctx, in))(t)
		n += len(page.UserDetailList) + len(page.GroupDetailList) + len(page.RoleDetailList) + len(page.Policies)
		if !page.IsTruncated {
			break
		}
		in.Marker = page.Marker
	}
	if n != 5 {
		t.Errorf("%d items by pages", n)
	}
	some := must(f.GetAccountAuthorizationDetails(f.ctx, &iam.GetAccountAuthorizationDetailsInput{Filter: []types.EntityType{types.EntityTypeGroup}}))(t)
	if len(some.GroupDetailList) != 1 || len(some.UserDetailList)+len(some.RoleDetailList)+len(some.Policies) != 0 {
		t.Errorf("%+v", some)
	}
}

func TestListPoliciesGrantingServiceAccess(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	r := f.role("r")
	f.inline("r", "in", allow("s3:*", "*"))
	must(f.AttachRolePolicy(f.ctx, &iam.AttachRolePolicyInput{RoleName: p("r"), PolicyArn: p(managedPrefix + "AmazonSNSFullAccess")}))(t)
	out := must(f.ListPoliciesGrantingServiceAccess(f.ctx, &iam.ListPoliciesGrantingServiceAccessInput{Arn: r.Arn, ServiceNamespaces: []string{"s3", "sns", "ec2"}}))(t).PoliciesGrantingServiceAccess
	if len(out) != 3 || len(out[0].Policies) != 1 || *out[0].Policies[0].EntityName != "r" || len(out[1].Policies) != 1 || out[1].Policies[0].PolicyArn == nil || len(out[2].Policies) != 0 {
		t.Errorf("%+v", out)
	}
}
