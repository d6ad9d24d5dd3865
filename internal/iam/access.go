package iam

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

// unlisted operations have no resource-level permissions although their input
// names something ("Actions, resources, and condition keys for AWS Identity and
// Access Management", Service Authorization Reference).
var unlisted = map[string]bool{
	"CreateAccountAlias": true, "DeleteAccountAlias": true, "GetServiceLastAccessedDetails": true,
	"GetServiceLastAccessedDetailsWithEntities": true, "SimulateCustomPolicy": true, "ListServerCertificates": true,
}

// access lists the permissions of an operation: its action on the resource
// whose path is looked up, with the condition keys of the Service Authorization
// Reference; tagging on creation and passing a role are permissions of their
// own. The root user needs none, except in a session with session policies.
func (s *Service) access(ctx context.Context, operation string, in any) (list []awswire.Access, err error) {
	if p := awswire.CallOf(ctx).Principal; p.Kind == awswire.Root && !p.Limited() {
		return nil, nil
	}
	v := input{reflect.ValueOf(in).Elem()}
	err = s.view(ctx, func(tx *store.Tx, account string) error {
		a := accessBuilder{s: s, tx: tx, account: account, operation: operation, in: v, call: awswire.CallOf(ctx)}
		list, err = a.build()
		return err
	})
	return list, err
}

// input reads members of an operation's input by name.
type input struct{ v reflect.Value }

// text returns a string member, empty when it is absent.
func (i input) text(name string) string {
	f := i.v.FieldByName(name)
	if f.IsValid() && f.Kind() == reflect.Pointer && !f.IsNil() {
		if s, ok := f.Interface().(*string); ok {
			return *s
		}
	}
	return ""
}

func (i input) has(name string) bool { return i.v.FieldByName(name).IsValid() }

type accessBuilder struct {
	s         *Service
	tx        *store.Tx
	account   string
	operation string
	in        input
	call      *awswire.Call
	// granted tells that the resource itself lets the caller do it.
	granted bool
}

func (a *accessBuilder) build() ([]awswire.Access, error) {
	if free, err := a.ownPassword(); free || err != nil {
		return nil, err
	}
	resource, keys, err := a.resource()
	if err != nil {
		return nil, err
	}
	a.inputKeys(keys)
	list := []awswire.Access{{Action: "iam:" + a.operation, Resource: resource, Keys: keys, Granted: a.granted}}
	if action := tagActions[a.operation]; action != "" && len(keys["aws:TagKeys"]) > 0 {
		list = append(list, awswire.Access{Action: action, Resource: resource, Keys: keys})
	}
	if a.operation == "AddRoleToInstanceProfile" {
		role, roleKeys, err := a.entity(store.IAMRole, a.in.text("RoleName"))
		if err != nil {
			return nil, err
		}
		roleKeys["iam:PassedToService"] = []string{"ec2.amazonaws.com"}
		list = append(list, awswire.Access{Action: "iam:PassRole", Resource: role, Keys: roleKeys})
	}
	return list, nil
}

// ownPassword tells whether the account's password policy itself lets its users
// change their passwords, and see the policy, without further permission
// (AllowUsersToChangePassword of UpdateAccountPasswordPolicy).
func (a *accessBuilder) ownPassword() (bool, error) {
	if a.operation != "ChangePassword" && a.operation != "GetAccountPasswordPolicy" || a.call.Principal.Kind != awswire.User {
		return false, nil
	}
	set, _, err := loadSettings(a.tx, a.account)
	return set.PasswordPolicy != nil && set.PasswordPolicy.AllowChange, err
}

// tagActions are needed besides an operation that is given tags.
var tagActions = map[string]string{
	"CreateRole": "iam:TagRole", "CreateUser": "iam:TagUser", "CreatePolicy": "iam:TagPolicy",
	"CreateInstanceProfile": "iam:TagInstanceProfile", "CreateOpenIDConnectProvider": "iam:TagOpenIDConnectProvider",
	"CreateSAMLProvider": "iam:TagSAMLProvider", "CreateVirtualMFADevice": "iam:TagMFADevice", "UploadServerCertificate": "iam:TagServerCertificate",
}

// inputKeys adds the condition keys that the input itself carries.
func (a *accessBuilder) inputKeys(keys map[string][]string) {
	if arn := a.in.text("PolicyArn"); arn != "" && (strings.HasPrefix(a.operation, "Attach") || strings.HasPrefix(a.operation, "Detach")) {
		keys["iam:PolicyARN"] = []string{arn}
	}
	if arn := a.in.text("PermissionsBoundary"); arn != "" {
		keys["iam:PermissionsBoundary"] = []string{arn}
	}
	a.credentialKeys(keys)
	if name := a.in.text("AWSServiceName"); name != "" {
		keys["iam:AWSServiceName"] = []string{name}
	}
	if f := a.in.v.FieldByName("Tags"); f.IsValid() {
		if tags, ok := f.Interface().([]types.Tag); ok && len(tags) > 0 {
			for _, t := range tags {
				keys["aws:RequestTag/"+deref(t.Key)] = []string{deref(t.Value)}
				keys["aws:TagKeys"] = append(keys["aws:TagKeys"], deref(t.Key))
			}
		}
	}
	if f := a.in.v.FieldByName("TagKeys"); f.IsValid() && f.Len() > 0 {
		keys["aws:TagKeys"] = f.Interface().([]string)
	}
}

// resource finds the ARN that the operation acts on, with the keys that come
// from what is there.
func (a *accessBuilder) resource() (arn string, keys map[string][]string, err error) {
	switch in := a.in; {
	case unlisted[a.operation]:
	case a.operation == "GetAccessKeyLastUsed":
		return a.keyOwner(in.text("AccessKeyId"))
	case a.operation == "CreatePolicy":
		return a.arn("policy" + orRoot(in.text("Path")) + in.text("PolicyName")), map[string][]string{}, nil
	case a.operation == "CreateSAMLProvider":
		return a.arn("saml-provider/" + in.text("Name")), map[string][]string{}, nil
	case a.operation == "CreateOpenIDConnectProvider":
		return a.arn("oidc-provider/" + strings.TrimPrefix(in.text("Url"), "https://")), map[string][]string{}, nil
	case a.operation == "CreateVirtualMFADevice":
		return a.arn("mfa" + orRoot(in.text("Path")) + in.text("VirtualMFADeviceName")), map[string][]string{}, nil
	case in.has("DelegationRequestId"):
		return a.delegation(in.text("DelegationRequestId"))
	case a.operation == "CreateDelegationRequest":
		return a.newDelegation()
	case a.operation == "GenerateOrganizationsAccessReport":
		return a.arn("access-report/" + in.text("EntityPath")), presentKey("iam:OrganizationsPolicyId", in.text("OrganizationsPolicyId")), nil
	case a.operation == "GetServiceLinkedRoleDeletionStatus":
		return a.deletionTask(in.text("DeletionTaskId")), map[string][]string{}, nil
	case a.operation == "PutAccountProperties":
		return "*", a.propertyNamespaces(), nil
	case a.operation == "ListDelegationRequests":
		return "*", presentKey("iam:DelegationRequestOwner", in.text("OwnerId")), nil
	case in.has("EntityArn"):
		id, ok := delegationID(in.text("EntityArn"))
		if !ok {
			return in.text("EntityArn"), map[string][]string{}, nil
		}
		return a.delegation(id)
	case in.has("TemplateArn"):
		return in.text("TemplateArn"), map[string][]string{}, nil
	case in.has("InstanceProfileName"):
		return a.entity(store.IAMInstanceProfile, in.text("InstanceProfileName"))
	case in.has("GroupName"):
		return a.entity(store.IAMGroup, in.text("GroupName"))
	case in.has("RoleName"):
		return a.entity(store.IAMRole, in.text("RoleName"))
	case a.operation == "CreateServiceLinkedRole":
		return a.arn("role/aws-service-role/" + in.text("AWSServiceName") + "/*"), map[string][]string{}, nil
	case in.has("ServerCertificateName"):
		return a.serverCertificate(in.text("ServerCertificateName"))
	case in.has("UserName"), a.operation == "ChangePassword":
		return a.user(in.text("UserName"))
	case in.has("SerialNumber"):
		return a.tagged(in.text("SerialNumber"))
	case in.has("PolicyArn"):
		return a.policy(in.text("PolicyArn"))
	case in.has("OpenIDConnectProviderArn"):
		return a.tagged(in.text("OpenIDConnectProviderArn"))
	case in.has("SAMLProviderArn"):
		return a.tagged(in.text("SAMLProviderArn"))
	case in.has("PolicySourceArn"):
		return in.text("PolicySourceArn"), map[string][]string{}, nil
	case in.has("Arn"):
		return in.text("Arn"), map[string][]string{}, nil
	}
	return "*", map[string][]string{}, nil
}

func (a *accessBuilder) arn(resource string) string {
	return "arn:aws:iam::" + a.account + ":" + resource
}

func orRoot(path string) string {
	if path == "" {
		return "/"
	}
	return path
}

// entity returns the ARN of an entity with its path, or the one that it would
// have, and its tags and boundary.
func (a *accessBuilder) entity(kind store.IAMKind, name string) (string, map[string][]string, error) {
	keys := map[string][]string{}
	if a.operation == "Create"+map[store.IAMKind]string{
		store.IAMRole: "Role", store.IAMUser: "User", store.IAMGroup: "Group", store.IAMInstanceProfile: "InstanceProfile",
	}[kind] {
		return a.arn(string(kind) + orRoot(a.in.text("Path")) + name), keys, nil
	}
	e, err := a.tx.IAMEntity(a.account, kind, name)
	if errors.Is(err, store.ErrNotFound) {
		return a.arn(string(kind) + "/" + name), keys, nil
	}
	if err != nil {
		return "", nil, err
	}
	if e.Boundary != "" {
		keys["iam:PermissionsBoundary"] = []string{e.Boundary}
	}
	return e.ARN(), keys, a.addTags(keys, e.ID, kind == store.IAMUser || kind == store.IAMRole)
}

func (a *accessBuilder) addTags(keys map[string][]string, id string, iamKey bool) error {
	tags, err := a.tx.IAMTags(id)
	for _, t := range tags {
		keys["aws:ResourceTag/"+t.Key] = []string{t.Value}
		if iamKey {
			keys["iam:ResourceTag/"+t.Key] = []string{t.Value}
		}
	}
	return err
}

// user is the named user or, without a name, the caller.
func (a *accessBuilder) user(name string) (string, map[string][]string, error) {
	if name != "" {
		return a.entity(store.IAMUser, name)
	}
	p := &a.call.Principal
	switch p.Kind {
	case awswire.User:
		return a.entity(store.IAMUser, p.Name)
	case awswire.Root:
		return p.ARN, map[string][]string{}, nil
	}
	return "*", map[string][]string{}, nil
}

// keyOwner is the user whose access key is asked about.
func (a *accessBuilder) keyOwner(keyID string) (string, map[string][]string, error) {
	k, err := a.tx.IAMAccessKey(keyID)
	if errors.Is(err, store.ErrNotFound) || err == nil && k.Account != a.account {
		return a.arn("user/*"), map[string][]string{}, nil
	}
	if err != nil {
		return "", nil, err
	}
	if k.UserID == "" {
		return a.arn("root"), map[string][]string{}, nil
	}
	e, err := a.tx.IAMEntityByID(k.UserID)
	if err != nil {
		return "", nil, err
	}
	return a.entity(store.IAMUser, e.Name)
}

func (a *accessBuilder) policy(arn string) (string, map[string][]string, error) {
	keys := map[string][]string{}
	p, err := a.tx.IAMPolicy(arn)
	if errors.Is(err, store.ErrNotFound) || err == nil && p.Account != a.account {
		return arn, keys, nil
	}
	if err != nil {
		return "", nil, err
	}
	return arn, keys, a.addTags(keys, p.ID, false)
}

// tagged is an object that its ARN identifies.
func (a *accessBuilder) tagged(arn string) (string, map[string][]string, error) {
	keys := map[string][]string{}
	if !strings.HasPrefix(arn, "arn:") {
		return a.arn("mfa/" + arn), keys, nil
	}
	return arn, keys, a.addTags(keys, arn, false)
}

// serverCertificate is a certificate, whose path is looked up.
func (a *accessBuilder) serverCertificate(name string) (string, map[string][]string, error) {
	keys := map[string][]string{}
	if a.operation == "UploadServerCertificate" {
		return serverCertARN(a.account, orRoot(a.in.text("Path")), name), keys, nil
	}
	o, err := a.tx.IAMObjectNamed(a.account, kindServerCertificate, strings.ToLower(name))
	if errors.Is(err, store.ErrNotFound) {
		return serverCertARN(a.account, "/", name), keys, nil
	}
	if err != nil {
		return "", nil, err
	}
	var body serverCertBody
	if err := json.Unmarshal([]byte(o.Body), &body); err != nil {
		return "", nil, err
	}
	return serverCertARN(a.account, body.Path, body.Name), keys, a.addTags(keys, o.ID, false)
}

// kindServerCertificate is the kind of object of a server certificate. Its name
// is in lower case.
const kindServerCertificate = "server-certificate"

// ownersOperations are what the owner of a delegation request may do with it
// without further permission (IAM API Reference, GetDelegationRequest and
// UpdateDelegationRequest).
var ownersOperations = map[string]bool{"GetDelegationRequest": true, "UpdateDelegationRequest": true, "GetHumanReadableSummary": true}

// delegation is a delegation request. One that the account does not know of has
// no owner to tell.
func (a *accessBuilder) delegation(id string) (string, map[string][]string, error) {
	arn := a.arn("delegation-request/" + id)
	d, err := a.tx.IAMDelegation(id)
	if errors.Is(err, store.ErrNotFound) || err == nil && d.OwnerAccount != a.account {
		return arn, map[string][]string{}, nil
	}
	if err != nil {
		return "", nil, err
	}
	a.granted = ownersOperations[a.operation] && d.OwnerID != "" && d.OwnerID == a.call.Principal.ARN
	return arn, presentKey("iam:DelegationRequestOwner", d.OwnerID), nil
}

// newDelegation is a delegation request that is to be made.
func (a *accessBuilder) newDelegation() (string, map[string][]string, error) {
	in, ok := a.in.v.Addr().Interface().(*iam.CreateDelegationRequestInput)
	if !ok {
		return "*", map[string][]string{}, nil
	}
	keys := presentKey("iam:NotificationChannel", deref(in.NotificationChannel))
	keys["iam:DelegationDuration"] = []string{strconv.Itoa(int(deref(in.SessionDuration)))}
	if in.Permissions != nil && in.Permissions.PolicyTemplateArn != nil {
		keys["iam:TemplateArn"] = []string{*in.Permissions.PolicyTemplateArn}
	}
	return a.arn("delegation-request/*"), keys, nil
}

func presentKey(key, value string) map[string][]string {
	if value == "" {
		return map[string][]string{}
	}
	return map[string][]string{key: {value}}
}

// deletionTask is the role that a task deletes; its id is
// task/aws-service-role/SERVICE/ROLE/UUID.
func (a *accessBuilder) deletionTask(id string) string {
	parts := strings.Split(id, "/")
	if len(parts) != 5 {
		return a.arn("role/*")
	}
	return a.arn("role/" + strings.Join(parts[1:4], "/"))
}

// propertyNamespaces are the namespaces of the properties to be set.
func (a *accessBuilder) propertyNamespaces() map[string][]string {
	in, ok := a.in.v.Addr().Interface().(*iam.PutAccountPropertiesInput)
	if !ok {
		return map[string][]string{}
	}
	var spaces []string
	for key := range in.Properties {
		if space, _, _ := strings.Cut(key, "/"); !slices.Contains(spaces, space) {
			spaces = append(spaces, space)
		}
	}
	if spaces == nil {
		return map[string][]string{}
	}
	return map[string][]string{"iam:AccountPropertyNamespaces": spaces}
}

// credentialKeys adds what a service-specific credential is for.
func (a *accessBuilder) credentialKeys(keys map[string][]string) {
	if !strings.HasSuffix(a.operation, "ServiceSpecificCredential") {
		return
	}
	service := a.in.text("ServiceName")
	if id := a.in.text("ServiceSpecificCredentialId"); id != "" {
		var body credentialBody
		if o, err := a.tx.IAMObject(id); err == nil && o.Account == a.account && json.Unmarshal([]byte(o.Body), &body) == nil {
			service = body.Service
		}
	}
	if service != "" {
		keys["iam:ServiceSpecificCredentialServiceName"] = []string{service}
	}
	if in, ok := a.in.v.Addr().Interface().(*iam.CreateServiceSpecificCredentialInput); ok && in.CredentialAgeDays != nil {
		keys["iam:ServiceSpecificCredentialAgeDays"] = []string{strconv.Itoa(int(*in.CredentialAgeDays))}
	}
}
