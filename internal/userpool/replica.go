// Operations: CreateUserPoolReplica, ListUserPoolReplicas,
// UpdateUserPoolReplica, DeleteUserPoolReplica.

package userpool

import (
	"context"
	"errors"
	"regexp"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

const (
	replicaTier        = "Multi-Region Replication"
	replicaRegionForm  = "%s is not a valid Region."
	replicaOfPrimary   = "The primary Region of the user pool cannot be the Region of a replica: %s"
	replicaExists      = "User pool %s already has a replica in %s."
	replicaNotFound    = "User pool %s does not have a replica in %s."
	replicaNeedsKey    = "Multi-Region replication requires a user pool with a multi-Region customer managed key."
	replicaIsActive    = "A replica must be INACTIVE before it can be deleted."
	replicaKeepsKey    = "The key of a user pool with replicas must be a multi-Region customer managed key."
	replicaKeepsPool   = "User pool cannot be deleted. It has replicas that should be deleted first."
	replicaPrimaryFix  = "The status of the primary replica cannot be changed."
	tooManyReplicas    = "A user pool cannot have more than %d replicas."
	replicaTokensScope = "replicas/"
)

// regionForm is the form of a region's name.
var regionForm = regexp.MustCompile(`^[a-z]+(-[a-z]+)+-[0-9]+$`)

// IsRegion tells whether a text has the form of a region's name.
func IsRegion(text string) bool { return len(text) <= 32 && regionForm.MatchString(text) }

// multiRegionKey is the form of the resource part of a multi-Region key's ARN.
var multiRegionKey = regexp.MustCompile(`^key/mrk-[0-9a-f]{32}$`)

// CreateUserPoolReplica makes the pool answer in a second region, under its own
// ID: the replica begins INACTIVE, with tags and settings of its own (see
// [ownSettings]). It is called in the pool's primary region. Errors:
// InvalidParameterException, FeatureUnavailableInTierException for the tier
// LITE, LimitExceededException, OperationNotEnabledException in a secondary
// region, ResourceNotFoundException, UserPoolTaggingException.
func (s *Service) CreateUserPoolReplica(ctx context.Context, in *cognito.CreateUserPoolReplicaInput) (*cognito.CreateUserPoolReplicaOutput, error) {
	region := aws.ToString(in.RegionName)
	if err := checkPoolTags(in.UserPoolTags); err != nil {
		return nil, err
	}
	body, err := newReplicaSettings(in.UserPoolTags).encode()
	if err != nil {
		return nil, err
	}
	var r *store.Replica
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		p, err := s.pool(ctx, tx, aws.ToString(in.UserPoolId))
		if err != nil {
			return err
		}
		if err := s.checkNewReplica(tx, p, region); err != nil {
			return err
		}
		r = &store.Replica{PoolID: p.ID, Region: region, Account: p.Account, Status: string(types.ReplicaStatusTypeInactive), Body: body}
		return tx.InsertReplica(r)
	})
	if err != nil {
		return nil, err
	}
	out := describeReplica(r)
	out.Status = types.ReplicaStatusTypeCreating
	return &cognito.CreateUserPoolReplicaOutput{UserPoolReplica: out}, nil
}

func (s *Service) checkNewReplica(tx *store.Tx, p *pool, region string) error {
	switch {
	case !IsRegion(region):
		return invalidParameter(replicaRegionForm, region)
	case region == p.home():
		return invalidParameter(replicaOfPrimary, region)
	case tierRank[p.Doc.UserPoolTier] < tierRank[types.UserPoolTierTypeEssentials]:
		return tierLacks(tierFeatures, p.Doc.UserPoolTier, replicaTier)
	case !p.hasMultiRegionKey():
		return invalidParameter(replicaNeedsKey)
	}
	if _, err := tx.Replica(p.ID, region); err == nil {
		return invalidParameter(replicaExists, p.ID, region)
	} else if !errors.Is(err, store.ErrNotFound) {
		return err
	}
	n, err := tx.CountReplicas(p.ID)
	if err != nil {
		return err
	}
	if n >= s.quotas[quotaReplicas] {
		return limitExceeded(tooManyReplicas, s.quotas[quotaReplicas])
	}
	return nil
}

// hasMultiRegionKey tells whether the pool's secrets are sealed with a
// multi-Region key.
func (p *pool) hasMultiRegionKey() bool {
	k := p.Doc.KeyConfiguration
	return k.KeyType == types.EncryptionKeyTypeCustomerManagedKey && multiRegionKey.MatchString(arnParts(aws.ToString(k.KmsKeyArn)).resource)
}

// ListUserPoolReplicas lists the pool's primary and its replicas, in any region
// of them. Errors: InvalidParameterException for a token of another list,
// ResourceNotFoundException.
func (s *Service) ListUserPoolReplicas(ctx context.Context, in *cognito.ListUserPoolReplicasInput) (*cognito.ListUserPoolReplicasOutput, error) {
	out := &cognito.ListUserPoolReplicasOutput{UserPoolReplicas: []types.UserPoolReplicaType{}}
	scope := replicaTokensScope + aws.ToString(in.UserPoolId)
	after, err := s.openPage(scope, in.NextToken)
	if err != nil {
		return nil, err
	}
	var p *pool
	var rows []*store.Replica
	err = s.store.View(ctx, func(tx *store.Tx) (err error) {
		if p, err = s.pool(ctx, tx, aws.ToString(in.UserPoolId)); err != nil {
			return err
		}
		rows, err = tx.Replicas(p.ID, after, maxPage+1)
		return err
	})
	if err != nil {
		return nil, err
	}
	if after == "" {
		out.UserPoolReplicas = append(out.UserPoolReplicas, *describePrimary(p))
	}
	if len(rows) > maxPage {
		rows = rows[:maxPage]
		out.NextToken = s.nextPage(scope, rows[maxPage-1].Region)
	}
	for _, r := range rows {
		out.UserPoolReplicas = append(out.UserPoolReplicas, *describeReplica(r))
	}
	return out, nil
}

func describePrimary(p *pool) *types.UserPoolReplicaType {
	return &types.UserPoolReplicaType{
		RegionName: aws.String(p.home()), Role: types.ReplicaRoleTypePrimary, Status: types.ReplicaStatusTypeActive,
		UserPoolArn: aws.String(poolARN(p.home(), p.Account, p.ID)),
	}
}

func describeReplica(r *store.Replica) *types.UserPoolReplicaType {
	return &types.UserPoolReplicaType{
		RegionName: &r.Region, Role: types.ReplicaRoleTypeSecondary, Status: types.ReplicaStatusType(r.Status),
		UserPoolArn: aws.String(poolARN(r.Region, r.Account, r.PoolID)),
	}
}

// UpdateUserPoolReplica lets users sign in at a replica, or ends that. It is
// called in the primary region or in the replica's. Errors:
// InvalidParameterException, ResourceNotFoundException.
func (s *Service) UpdateUserPoolReplica(ctx context.Context, in *cognito.UpdateUserPoolReplicaInput) (*cognito.UpdateUserPoolReplicaOutput, error) {
	var r *store.Replica
	err := s.changeReplica(ctx, in.UserPoolId, in.RegionName, func(tx *store.Tx, p *pool, row *store.Replica) error {
		r = row
		r.Status = string(in.Status)
		return tx.UpdateReplica(r)
	})
	if err != nil {
		return nil, err
	}
	return &cognito.UpdateUserPoolReplicaOutput{UserPoolReplica: describeReplica(r)}, nil
}

// DeleteUserPoolReplica deletes a replica that is INACTIVE. It is called in the
// pool's primary region. Errors: InvalidParameterException,
// OperationNotEnabledException in a secondary region, ResourceNotFoundException.
func (s *Service) DeleteUserPoolReplica(ctx context.Context, in *cognito.DeleteUserPoolReplicaInput) (*cognito.DeleteUserPoolReplicaOutput, error) {
	var out *types.UserPoolReplicaType
	err := s.changeReplica(ctx, in.UserPoolId, in.RegionName, func(tx *store.Tx, p *pool, r *store.Replica) error {
		if r.Status != string(types.ReplicaStatusTypeInactive) {
			return invalidParameter(replicaIsActive)
		}
		out = describeReplica(r)
		return tx.DeleteReplica(p.ID, r.Region)
	})
	if err != nil {
		return nil, err
	}
	out.Status = types.ReplicaStatusTypeDeleting
	return &cognito.DeleteUserPoolReplicaOutput{UserPoolReplica: out}, nil
}

// changeReplica gives change a replica of a pool of the caller's account.
func (s *Service) changeReplica(ctx context.Context, poolID, region *string, change func(*store.Tx, *pool, *store.Replica) error) error {
	return s.store.Update(ctx, func(tx *store.Tx) error {
		p, err := s.pool(ctx, tx, aws.ToString(poolID))
		if err != nil {
			return err
		}
		if aws.ToString(region) == p.home() {
			return invalidParameter(replicaPrimaryFix)
		}
		r, err := tx.Replica(p.ID, aws.ToString(region))
		if errors.Is(err, store.ErrNotFound) {
			return notFound(replicaNotFound, p.ID, aws.ToString(region))
		}
		if err != nil {
			return err
		}
		return change(tx, p, r)
	})
}

// checkReplicas refuses changes of a pool that its replicas cannot bear.
func checkReplicas(tx *store.Tx, p *pool) error {
	if p.hasMultiRegionKey() && tierRank[p.Doc.UserPoolTier] >= tierRank[types.UserPoolTierTypeEssentials] {
		return nil
	}
	n, err := tx.CountReplicas(p.ID)
	if err != nil || n == 0 {
		return err
	}
	if !p.hasMultiRegionKey() {
		return invalidParameter(replicaKeepsKey)
	}
	return tierChangeNotAllowed(p.Doc.UserPoolTier, []string{replicaTier})
}
