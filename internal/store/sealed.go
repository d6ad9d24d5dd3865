package store

// sealedColumns lists every column that holds sealed values, so that a
// rotation of the data key finds them.
var sealedColumns = []sealedColumn{
	{"iam_access_keys", "secret", []string{"id"}},
	{"iam_objects", "secret", []string{"id"}},
}
