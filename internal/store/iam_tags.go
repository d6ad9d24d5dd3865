package store

import "strings"

// IAMTag is a tag of an IAM resource.
type IAMTag struct {
	Key, Value string
}

func scanIAMTag(s scanner) (t IAMTag, err error) {
	err = s.Scan(&t.Key, &t.Value)
	return t, err
}

// PutIAMTags writes tags of the resource with the unique id. A key replaces
// the one that differs only in case.
func (tx *Tx) PutIAMTags(resourceID string, tags []IAMTag) error {
	for _, t := range tags {
		_, err := tx.exec(`INSERT INTO iam_tags (resource_id, tag_key, name, value) VALUES (?, ?, ?, ?)
			ON CONFLICT (resource_id, tag_key) DO UPDATE SET name = excluded.name, value = excluded.value`,
			resourceID, strings.ToLower(t.Key), t.Key, t.Value)
		if err != nil {
			return err
		}
	}
	return nil
}

// DeleteIAMTags removes tags; keys that are not there are ignored.
func (tx *Tx) DeleteIAMTags(resourceID string, keys []string) error {
	for _, k := range keys {
		if _, err := tx.exec("DELETE FROM iam_tags WHERE resource_id = ? AND tag_key = ?", resourceID, strings.ToLower(k)); err != nil {
			return err
		}
	}
	return nil
}

// IAMTags returns the resource's tags, at most fifty, by key in lower case.
func (tx *Tx) IAMTags(resourceID string) ([]IAMTag, error) {
	return all(tx, scanIAMTag, "SELECT name, value FROM iam_tags WHERE resource_id = ? ORDER BY tag_key", resourceID)
}
