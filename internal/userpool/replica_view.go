package userpool

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

const (
	notInReplica      = "The operation %s is not enabled in the secondary Region %s of the user pool."
	replicaNotActive  = "The replica of the user pool in %s is not active."
	challengeNotThere = "The challenge %s cannot be answered in the secondary Region %s of the user pool."
	replicaInherits   = "%s cannot be changed in a secondary Region of the user pool."
)

// ownSettings is what a replica configures for itself, in the place of the
// primary's (Developer Guide, "Multi-Region replication for user pools"). All
// else is the primary's, and the same at once: regions share one directory.
type ownSettings struct {
	EmailConfiguration *types.EmailConfigurationType
	SmsConfiguration   *types.SmsConfigurationType
	LambdaConfig       *types.LambdaConfigType
	UserPoolTags       map[string]string
}

// ownMembers are its names in the input of UpdateUserPool.
var ownMembers = []string{"EmailConfiguration", "SmsConfiguration", "LambdaConfig", "UserPoolTags"}

func newReplicaSettings(tags map[string]string) *ownSettings {
	o := &ownSettings{EmailConfiguration: emailSettings(nil), LambdaConfig: lambdaSettings(nil), UserPoolTags: map[string]string{}}
	maps.Copy(o.UserPoolTags, tags)
	return o
}

func (o *ownSettings) encode() (string, error) {
	b, err := awswire.EncodeJSON(o)
	return string(b), err
}

// home is the pool's primary region, with which its ID begins.
func (p *pool) home() string {
	region, _, _ := strings.Cut(p.ID, "_")
	return region
}

// replicaOf returns the pool as it is in another region: that of the replica,
// with the replica's settings. Errors: ResourceNotFoundException.
func replicaOf(tx *store.Tx, p *pool, region string) (*pool, error) {
	r, err := tx.Replica(p.ID, region)
	if errors.Is(err, store.ErrNotFound) {
		return nil, notFound(poolNotFound, p.ID)
	}
	if err != nil {
		return nil, err
	}
	return replicaFrom(p, r)
}

func replicaFrom(p *pool, r *store.Replica) (*pool, error) {
	own := &ownSettings{}
	if err := awswire.DecodeJSON([]byte(r.Body), own); err != nil {
		return nil, err
	}
	doc := *p.Doc
	doc.EmailConfiguration, doc.SmsConfiguration = own.EmailConfiguration, own.SmsConfiguration
	doc.LambdaConfig, doc.UserPoolTags = own.LambdaConfig, own.UserPoolTags
	if doc.UserPoolTags == nil {
		doc.UserPoolTags = map[string]string{}
	}
	v := p.clone(&doc)
	v.Region, v.replica = r.Region, r
	v.fill()
	return v, nil
}

// encodeReplica puts the settings of a replica into its row.
func (p *pool) encodeReplica() (err error) {
	r := *p.replica
	own := &ownSettings{
		EmailConfiguration: p.Doc.EmailConfiguration, SmsConfiguration: p.Doc.SmsConfiguration,
		LambdaConfig: p.Doc.LambdaConfig, UserPoolTags: p.Doc.UserPoolTags,
	}
	r.Body, err = own.encode()
	p.replica = &r
	return err
}

// inReplica are the operations that a secondary region answers besides those
// that only read: sign-in, which changes no attribute of a user, and what a
// replica configures for itself. True are those that it answers while it is
// inactive, too.
var inReplica = map[string]bool{
	"AdminInitiateAuth": false, "AdminRespondToAuthChallenge": false, "AdminUserGlobalSignOut": true, "AdminRevokeUserSession": true,
	"ConfirmDevice": false, "GetClientToken": false, "GetTokensFromRefreshToken": false, "GlobalSignOut": false, "InitiateAuth": false,
	"RespondToAuthChallenge": false, "RevokeToken": false, "RevokeUserSession": false,
	"TagResource": true, "UntagResource": true, "UpdateUserPool": true, "UpdateUserPoolReplica": true,
}

// reading are the beginnings of the names of operations that only read.
var reading = []string{"AdminGet", "AdminList", "Describe", "Get", "List"}

// checkReplica tells whether the region answers the operation of the call.
// Errors: OperationNotEnabledException.
func (p *pool) checkReplica(ctx context.Context) error {
	if p.replica == nil {
		return nil
	}
	operation := awswire.CallOf(ctx).Operation
	whileInactive, ok := inReplica[operation]
	if !ok && operation != "GetUserAttributeVerificationCode" && operation != "GetCSVHeader" {
		ok = slices.ContainsFunc(reading, func(begin string) bool { return strings.HasPrefix(operation, begin) })
		whileInactive = !endUserOperation(operation)
	}
	switch {
	case !ok:
		return notEnabled(notInReplica, operation, p.Region)
	case p.replica.Status != string(types.ReplicaStatusTypeActive) && !whileInactive:
		return notEnabled(replicaNotActive, p.Region)
	}
	return nil
}

// endUserOperation tells the operations of applications from those of
// administrators.
func endUserOperation(operation string) bool {
	return slices.ContainsFunc(awswire.Operations(awswire.CognitoIDP), func(o awswire.OpInfo) bool {
		return o.Name == operation && o.Auth != awswire.Signed
	})
}

// checkReplicaChallenge refuses the challenges whose answers change a user.
// Errors: OperationNotEnabledException.
func (p *pool) checkReplicaChallenge(challenge types.ChallengeNameType) error {
	if p.replica != nil && (challenge == types.ChallengeNameTypeNewPasswordRequired || challenge == types.ChallengeNameTypeMfaSetup) {
		return notEnabled(challengeNotThere, challenge, p.Region)
	}
	return nil
}

func notEnabled(format string, args ...any) error {
	return &types.OperationNotEnabledException{Message: text(format, args)}
}

// updatedReplica returns the replica with new settings of its own. What it
// inherits may be given as it is. Errors: InvalidParameterException.
func (p *pool) updatedReplica(in *newops.UpdateUserPoolInput) (*pool, error) {
	full, err := configured(p.Doc, in)
	if err != nil {
		return nil, err
	}
	if err := p.checkInherited(in, full); err != nil {
		return nil, err
	}
	doc := *p.Doc
	doc.EmailConfiguration, doc.SmsConfiguration = full.EmailConfiguration, full.SmsConfiguration
	doc.LambdaConfig, doc.UserPoolTags = full.LambdaConfig, full.UserPoolTags
	c := p.clone(&doc)
	for _, check := range []func() error{c.checkEmail, c.checkSMS, c.checkLambdas, c.checkTier} {
		if err := check(); err != nil {
			return nil, err
		}
	}
	return c, checkPoolTags(doc.UserPoolTags)
}

// checkInherited refuses inputs that would change what a replica inherits: full
// is what they would make of the pool.
func (p *pool) checkInherited(in *newops.UpdateUserPoolInput, full *newops.UserPoolType) error {
	if in.PoolName != nil && *in.PoolName != p.Name {
		return invalidParameter(replicaInherits, "PoolName")
	}
	given := map[string]reflect.Value{}
	for _, v := range []reflect.Value{reflect.ValueOf(in.UpdateUserPoolInput), reflect.ValueOf(*in)} {
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() && !f.Anonymous && !v.Field(i).IsZero() {
				given[f.Name] = v.Field(i)
			}
		}
	}
	now, then := reflect.ValueOf(p.Doc).Elem(), reflect.ValueOf(full).Elem()
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if slices.Contains(ownMembers, name) {
			continue
		}
		f := now.FieldByName(name)
		if !f.IsValid() {
			continue
		}
		before, err := json.Marshal(f.Interface())
		if err != nil {
			return err
		}
		after, err := json.Marshal(then.FieldByName(name).Interface())
		if err != nil {
			return err
		}
		if string(before) != string(after) {
			return invalidParameter(replicaInherits, name)
		}
	}
	return nil
}

// endpointRegion is the region that the address of an unsigned call names, or
// "". A signed call has the region of its signature, whatever its address.
func endpointRegion(tx *store.Tx) string {
	call := awswire.CallOf(tx.Context())
	if call.Principal.Kind != awswire.Anonymous {
		return ""
	}
	return call.Endpoint
}

// inRegion returns the pool as it is in the region that the call names, for
// unsigned operations. Errors: ResourceNotFoundException,
// OperationNotEnabledException.
func (p *pool) inRegion(tx *store.Tx) (*pool, error) {
	region := endpointRegion(tx)
	if region == "" || region == p.Region {
		return p, nil
	}
	v, err := replicaOf(tx, p, region)
	if err != nil {
		return nil, err
	}
	return v, v.checkReplica(tx.Context())
}

// replicaRegions are the regions of the replicas of pools, which are in the
// order of their IDs, by ID.
func replicaRegions(tx *store.Tx, pools []*pool) (map[string][]string, error) {
	if len(pools) == 0 {
		return nil, nil
	}
	rows, err := tx.ReplicasBetween(pools[0].ID, pools[len(pools)-1].ID)
	if err != nil {
		return nil, err
	}
	regions := map[string][]string{}
	for _, r := range rows {
		regions[r.PoolID] = append(regions[r.PoolID], r.Region)
	}
	return regions, nil
}
