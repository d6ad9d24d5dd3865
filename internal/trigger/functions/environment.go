package functions

import (
	"maps"
	"os"
	"slices"
	"strings"
)

// inherited are the server's variables that processes get.
var inherited = []string{
	"PATH", "HOME", "USER", "TMPDIR", "TEMP", "TMP", "LANG", "LC_ALL", "LC_CTYPE", "SYSTEMROOT",
	"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
	"SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS", "NODE_PATH", "PYTHONPATH", "VIRTUAL_ENV",
}

// environment is that of a process ("Working with Lambda environment variables"
// in the Lambda Developer Guide).
func (f *function) environment(token string) []string {
	env := map[string]string{}
	for _, name := range inherited {
		if v, ok := os.LookupEnv(name); ok {
			env[name] = v
		}
	}
	maps.Copy(env, f.host.cfg.Env)
	api, name := f.host.address+"/"+token, f.spec.functionName()
	if f.host.cfg.KMS != nil {
		env["AWS_ENDPOINT_URL_KMS"] = "http://" + api + "/kms"
	}
	f.place(env)
	maps.Copy(env, f.spec.Env)
	maps.Copy(env, map[string]string{
		"AWS_LAMBDA_RUNTIME_API":          api,
		"_HANDLER":                        f.spec.Handler,
		"LAMBDA_TASK_ROOT":                f.spec.Dir,
		"AWS_LAMBDA_FUNCTION_NAME":        name,
		"AWS_LAMBDA_FUNCTION_VERSION":     "$LATEST",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
		"AWS_LAMBDA_INITIALIZATION_TYPE":  "on-demand",
		"AWS_LAMBDA_LOG_GROUP_NAME":       "/aws/lambda/" + name,
		"AWS_LAMBDA_LOG_STREAM_NAME":      token,
		"TZ":                              ":UTC",
	})
	list := make([]string, 0, len(env))
	for _, name := range slices.Sorted(maps.Keys(env)) {
		list = append(list, name+"="+env[name])
	}
	return list
}

// place adds the region and account of the function's ARN.
func (f *function) place(env map[string]string) {
	parts := strings.Split(f.spec.ARN, ":")
	if len(parts) < 7 {
		if _, ok := env["AWS_ACCESS_KEY_ID"]; !ok && f.host.cfg.AccountKeys {
			env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"] = "test", "test"
		}
		return
	}
	env["AWS_REGION"], env["AWS_DEFAULT_REGION"] = parts[3], parts[3]
	if f.host.cfg.AccountKeys {
		env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"] = parts[4], "test"
	}
}
