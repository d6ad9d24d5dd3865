package iam

// CreateVirtualMFADevice, EnableMFADevice, DeactivateMFADevice,
// ResyncMFADevice, DeleteVirtualMFADevice, GetMFADevice, ListMFADevices,
// ListVirtualMFADevices, TagMFADevice, UntagMFADevice, ListMFADeviceTags

import (
	"bytes"
	"context"
	"encoding/json"
	"image/png"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/pquerna/otp"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

const (
	msgMFAExists   = "MFA device already exists."
	msgMFANotFound = "VirtualMFADevice with serial number %s doesn't exist."
	msgMFAInUse    = "MFA VirtualDevice in use. Must deactivate first."
	msgMFAAssigned = "MFA device is already in use."
	msgMFACode     = "Authentication code for device is not valid"
	msgMFANotOwn   = "MFA Device invalid for user."

	seedChars  = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	seedLength = 64
	qrSize     = 240
)

// CreateVirtualMFADevice makes a TOTP device (RFC 6238), whose seed is shown
// this once. EnableMFADevice assigns it.
func (s *Service) CreateVirtualMFADevice(ctx context.Context, in *iam.CreateVirtualMFADeviceInput) (*iam.CreateVirtualMFADeviceOutput, error) {
	shown := &types.VirtualMFADevice{}
	err := s.update(ctx, func(tx *store.Tx, account string) error {
		serial := "arn:aws:iam::" + account + ":mfa" + pathOr(in.Path) + deref(in.VirtualMFADeviceName)
		seed := tx.IDs().Text(seedLength, seedChars)
		err := tx.InsertIAMObject(store.IAMObject{ID: serial, Account: account, Kind: kindMFA, Name: serial, Body: "{}", Secret: []byte(seed), Created: tx.Now()})
		if err != nil {
			return orTaken(err, alreadyExists(msgMFAExists))
		}
		if err := putTags(tx, serial, in.Tags, msgDuplicateTags); err != nil {
			return err
		}
		shown.SerialNumber, shown.Base32StringSeed = &serial, []byte(seed)
		shown.Tags, err = tagsOf(tx, serial)
		return err
	})
	if err != nil {
		return nil, err
	}
	shown.QRCodePNG, err = qrCode(*shown.SerialNumber, string(shown.Base32StringSeed))
	if err != nil {
		return nil, err
	}
	return &iam.CreateVirtualMFADeviceOutput{VirtualMFADevice: shown}, nil
}

// qrCode is a picture of the seed for authenticator apps.
func qrCode(serial, seed string) ([]byte, error) {
	key, err := otp.NewKeyFromURL("otpauth://totp/Amazon%20Web%20Services:" + arnName(serial) + "?secret=" + seed + "&issuer=Amazon%20Web%20Services")
	if err != nil {
		return nil, err
	}
	img, err := key.Image(qrSize, qrSize)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = png.Encode(&b, img)
	return b.Bytes(), err
}

// rootOwner is the owner of the root user's devices.
func rootOwner(account string) string { return account }

// mfaOwner is whose devices an operation is about, by default the caller's.
func mfaOwner(ctx context.Context, tx *store.Tx, account string, name *string) (owner string, userName *string, err error) {
	u, root, err := caller(ctx, tx, account, name)
	if root {
		return rootOwner(account), nil, err
	}
	return u.ID, &u.Name, err
}

func device(tx *store.Tx, account string, serial *string) (o store.IAMObject, body mfaBody, err error) {
	o, err = object(tx, account, kindMFA, deref(serial), noSuchEntity(msgMFANotFound, deref(serial)))
	if err == nil {
		err = json.Unmarshal([]byte(o.Body), &body)
	}
	return o, body, err
}

// consecutive demands two codes of consecutive steps, and returns the later
// step.
func consecutive(o store.IAMObject, first, second *string, now time.Time) (int64, error) {
	a, ok := matchStep(string(o.Secret), deref(first), now, 0)
	b, also := matchStep(string(o.Secret), deref(second), now, 0)
	if !ok || !also || b != a+1 {
		return 0, &types.InvalidAuthenticationCodeException{Message: text(msgMFACode, nil)}
	}
	return b, nil
}

// EnableMFADevice assigns a device to a user, who proves with two consecutive
// codes to have it.
func (s *Service) EnableMFADevice(ctx context.Context, in *iam.EnableMFADeviceInput) (*iam.EnableMFADeviceOutput, error) {
	return &iam.EnableMFADeviceOutput{}, s.update(ctx, func(tx *store.Tx, account string) error {
		owner, _, err := mfaOwner(ctx, tx, account, in.UserName)
		if err != nil {
			return err
		}
		o, body, err := device(tx, account, in.SerialNumber)
		if err != nil {
			return err
		}
		if body.Enabled != 0 {
			return alreadyExists(msgMFAAssigned)
		}
		have, err := tx.IAMObjectsOf(owner, kindMFA, "", s.quotas.MFADevicesPerUser)
		if err != nil {
			return err
		}
		if err := quota("MFADevicesPerUser", len(have), s.quotas.MFADevicesPerUser); err != nil {
			return err
		}
		if body.Step, err = consecutive(o, in.AuthenticationCode1, in.AuthenticationCode2, tx.Now()); err != nil {
			return err
		}
		body.Enabled, o.OwnerID = tx.Now().Unix(), owner
		return saveObject(tx, o, body)
	})
}

// ownDevice returns an enabled device of the user.
func ownDevice(ctx context.Context, tx *store.Tx, account string, userName, serial *string) (o store.IAMObject, body mfaBody, name *string, err error) {
	owner, name, err := mfaOwner(ctx, tx, account, userName)
	if err != nil {
		return o, body, nil, err
	}
	o, body, err = device(tx, account, serial)
	if err == nil && (o.OwnerID != owner || body.Enabled == 0) {
		err = noSuchEntity(msgMFANotOwn)
	}
	return o, body, name, err
}

// DeactivateMFADevice takes a device from its user.
func (s *Service) DeactivateMFADevice(ctx context.Context, in *iam.DeactivateMFADeviceInput) (*iam.DeactivateMFADeviceOutput, error) {
	return &iam.DeactivateMFADeviceOutput{}, s.update(ctx, func(tx *store.Tx, account string) error {
		o, body, _, err := ownDevice(ctx, tx, account, in.UserName, in.SerialNumber)
		if err != nil {
			return err
		}
		o.OwnerID, body.Enabled = "", 0
		return saveObject(tx, o, body)
	})
}

// ResyncMFADevice proves again with two consecutive codes that the device is in
// step.
func (s *Service) ResyncMFADevice(ctx context.Context, in *iam.ResyncMFADeviceInput) (*iam.ResyncMFADeviceOutput, error) {
	return &iam.ResyncMFADeviceOutput{}, s.update(ctx, func(tx *store.Tx, account string) error {
		o, body, _, err := ownDevice(ctx, tx, account, in.UserName, in.SerialNumber)
		if err != nil {
			return err
		}
		if body.Step, err = consecutive(o, in.AuthenticationCode1, in.AuthenticationCode2, tx.Now()); err != nil {
			return err
		}
		return saveObject(tx, o, body)
	})
}

// DeleteVirtualMFADevice deletes a device that nobody has.
func (s *Service) DeleteVirtualMFADevice(ctx context.Context, in *iam.DeleteVirtualMFADeviceInput) (*iam.DeleteVirtualMFADeviceOutput, error) {
	return &iam.DeleteVirtualMFADeviceOutput{}, s.update(ctx, func(tx *store.Tx, account string) error {
		o, body, err := device(tx, account, in.SerialNumber)
		if err != nil {
			return err
		}
		if body.Enabled != 0 {
			return deleteConflict(msgMFAInUse)
		}
		return tx.DeleteIAMObject(o.ID)
	})
}

// GetMFADevice returns a user's device.
func (s *Service) GetMFADevice(ctx context.Context, in *iam.GetMFADeviceInput) (*iam.GetMFADeviceOutput, error) {
	out := &iam.GetMFADeviceOutput{}
	err := s.view(ctx, func(tx *store.Tx, account string) error {
		o, body, name, err := ownDevice(ctx, tx, account, in.UserName, in.SerialNumber)
		if err != nil {
			return err
		}
		enabled := time.Unix(body.Enabled, 0).UTC()
		out.SerialNumber, out.UserName, out.EnableDate = &o.ID, name, &enabled
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// ListMFADevices lists the devices of a user, by default the caller.
func (s *Service) ListMFADevices(ctx context.Context, in *iam.ListMFADevicesInput) (*iam.ListMFADevicesOutput, error) {
	p, err := s.page(ctx, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	var list []store.IAMObject
	var name *string
	err = s.view(ctx, func(tx *store.Tx, account string) error {
		var owner string
		if owner, name, err = mfaOwner(ctx, tx, account, in.UserName); err != nil {
			return err
		}
		list, err = tx.IAMObjectsOf(owner, kindMFA, p.after, p.limit+1)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := &iam.ListMFADevicesOutput{MFADevices: []types.MFADevice{}}
	list, out.Marker, out.IsTruncated = cut(p, list, objectKey)
	for _, o := range list {
		var body mfaBody
		if err := json.Unmarshal([]byte(o.Body), &body); err != nil {
			return nil, err
		}
		enabled := time.Unix(body.Enabled, 0).UTC()
		out.MFADevices = append(out.MFADevices, types.MFADevice{SerialNumber: &o.ID, UserName: name, EnableDate: &enabled})
	}
	return out, nil
}

func objectKey(o store.IAMObject) string { return o.Name }

// ListVirtualMFADevices lists the account's virtual devices, without seeds.
func (s *Service) ListVirtualMFADevices(ctx context.Context, in *iam.ListVirtualMFADevicesInput) (*iam.ListVirtualMFADevicesOutput, error) {
	p, err := s.page(ctx, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	out := &iam.ListVirtualMFADevicesOutput{}
	err = s.view(ctx, func(tx *store.Tx, account string) error {
		var found []store.IAMObject
		for after := p.after; ; {
			list, err := tx.ListIAMObjects(account, kindMFA, after, p.limit+1)
			if err != nil {
				return err
			}
			for _, o := range list {
				if assigned := o.OwnerID != ""; in.AssignmentStatus == types.AssignmentStatusTypeAssigned && !assigned ||
					in.AssignmentStatus == types.AssignmentStatusTypeUnassigned && assigned {
					continue
				}
				found = append(found, o)
			}
			if len(found) > p.limit || len(list) <= p.limit {
				break
			}
			after = list[len(list)-1].Name
		}
		found = found[:min(len(found), p.limit+1)]
		found, out.Marker, out.IsTruncated = cut(p, found, objectKey)
		out.VirtualMFADevices = []types.VirtualMFADevice{}
		for _, o := range found {
			d, err := virtualDevice(tx, account, o)
			if err != nil {
				return err
			}
			out.VirtualMFADevices = append(out.VirtualMFADevices, d)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func virtualDevice(tx *store.Tx, account string, o store.IAMObject) (types.VirtualMFADevice, error) {
	d := types.VirtualMFADevice{SerialNumber: &o.ID}
	if o.OwnerID == "" {
		return d, nil
	}
	var body mfaBody
	if err := json.Unmarshal([]byte(o.Body), &body); err != nil {
		return d, err
	}
	enabled := time.Unix(body.Enabled, 0).UTC()
	d.EnableDate = &enabled
	if o.OwnerID == rootOwner(account) {
		u, err := rootUser(tx, account)
		d.User = &u
		return d, err
	}
	e, err := tx.IAMEntityByID(o.OwnerID)
	u := wireUser(e)
	d.User = &u
	return d, err
}

// TagMFADevice adds tags to a virtual device.
func (s *Service) TagMFADevice(ctx context.Context, in *iam.TagMFADeviceInput) (*iam.TagMFADeviceOutput, error) {
	return &iam.TagMFADeviceOutput{}, s.tag(ctx, ofObject(kindMFA, in.SerialNumber, msgMFANotFound), in.Tags, msgDuplicateTags)
}

// UntagMFADevice removes tags from a virtual device.
func (s *Service) UntagMFADevice(ctx context.Context, in *iam.UntagMFADeviceInput) (*iam.UntagMFADeviceOutput, error) {
	return &iam.UntagMFADeviceOutput{}, s.untag(ctx, ofObject(kindMFA, in.SerialNumber, msgMFANotFound), in.TagKeys)
}

// ListMFADeviceTags lists the tags of a virtual device.
func (s *Service) ListMFADeviceTags(ctx context.Context, in *iam.ListMFADeviceTagsInput) (*iam.ListMFADeviceTagsOutput, error) {
	tags, marker, truncated, err := s.listTags(ctx, ofObject(kindMFA, in.SerialNumber, msgMFANotFound), in.Marker, in.MaxItems)
	return &iam.ListMFADeviceTagsOutput{Tags: tags, Marker: marker, IsTruncated: truncated}, err
}
