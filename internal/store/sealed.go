package store

// sealedColumns lists every column that holds sealed values, so that a
// rotation of the data key finds them.
var sealedColumns = []sealedColumn{
	{"iam_access_keys", "secret", []string{"id"}},
	{"iam_objects", "secret", []string{"id"}},
	{"signing_keys", "private", []string{"owner", "kid"}},
	{"user_pool_client_secrets", "secret", []string{"client_id", "id"}},
	{"users", "verifier", []string{"pool_id", "sub"}},
	{"password_history", "verifier", []string{"pool_id", "sub", "seq"}},
	{"messages", "body", []string{"id"}},
	{"user_totp", "secret", []string{"pool_id", "sub"}},
	{"user_devices", "verifier", []string{"pool_id", "sub", "device_key"}},
	{"user_totp", "pending", []string{"pool_id", "sub"}},
	{"identity_providers", "secrets", []string{"pool_id", "name"}},
	{"identity_pool_secrets", "secrets", []string{"pool_id"}},
	{"saml_certificates", "private", []string{"pool_id", "provider", "serial"}},
	{"import_chunks", "data", []string{"job_id", "upload", "seq"}},
	{"log_records", "body", []string{"id"}},
	{"user_password_hashes", "hash", []string{"pool_id", "sub"}},
}
