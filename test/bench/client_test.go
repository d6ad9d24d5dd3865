package bench

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

const (
	region  = "ap-northeast-1"
	account = "123456789012"
)

// keys are the credentials of calls that are signed; the key id of a trusted
// client is its account.
func keys(account string) aws.Credentials {
	return aws.Credentials{AccessKeyID: account, SecretAccessKey: "test"}
}

// jsonCall makes a request of cognito-idp or cognito-identity. Without
// credentials it is not signed.
func jsonCall(addr, service, operation string, in map[string]any, creds *aws.Credentials) []byte {
	body, err := json.Marshal(in)
	if err != nil {
		panic(err)
	}
	target := "AWSCognitoIdentityProviderService."
	if service == "cognito-identity" {
		target = "AWSCognitoIdentityService."
	}
	h := http.Header{"X-Amz-Target": {target + operation}, "Content-Type": {"application/x-amz-json-1.1"}}
	return request(addr, service, h, body, creds)
}

// queryCall makes a request of IAM or STS.
func queryCall(addr, service, operation string, in map[string]string, creds *aws.Credentials) []byte {
	version := "2010-05-08"
	if service == "sts" {
		version = "2011-06-15"
	}
	form := url.Values{"Action": {operation}, "Version": {version}}
	for k, v := range in {
		form.Set(k, v)
	}
	h := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	return request(addr, service, h, []byte(form.Encode()), creds)
}

var signer = v4.NewSigner()

// request is an HTTP request as it goes over the wire.
func request(addr, service string, h http.Header, body []byte, creds *aws.Credentials) []byte {
	r, err := http.NewRequest(http.MethodPost, "http://"+addr+"/", bytes.NewReader(body))
	if err != nil {
		panic(err)
	}
	r.Header = h
	h.Set("User-Agent", "aws-sdk-go-v2/1.48.0 ua/2.1 os/linux lang/go#1.26 md/GOOS#linux md/GOARCH#amd64 api/"+service+"#1.74.1 m/E,g")
	h.Set("Amz-Sdk-Invocation-Id", "0b6bbb8c-0a3e-4b0e-9b0e-2d2b1b7f2a51")
	h.Set("Amz-Sdk-Request", "attempt=1; max=3")
	if creds != nil {
		signed := region
		if service == "iam" {
			signed = "us-east-1"
		}
		sum := sha256.Sum256(body)
		if err := signer.SignHTTP(context.Background(), *creds, r, hex.EncodeToString(sum[:]), service, signed, time.Now()); err != nil {
			panic(err)
		}
	}
	var wire bytes.Buffer
	if err := r.Write(&wire); err != nil {
		panic(err)
	}
	return wire.Bytes()
}

// client is one connection to the server.
type client struct {
	conn net.Conn
	in   *bufio.Reader
}

func dial(addr string) (*client, error) {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	return &client{c, bufio.NewReaderSize(c, 32<<10)}, nil
}

// do sends a request and returns the body of its answer, or an error unless
// the status is 200.
func (c *client) do(request []byte) ([]byte, error) {
	if _, err := c.conn.Write(request); err != nil {
		return nil, err
	}
	res, err := http.ReadResponse(c.in, nil)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", res.Status, body)
	}
	return body, err
}

// ask sends one request on a connection of its own.
func ask(addr string, request []byte) ([]byte, error) {
	c, err := dial(addr)
	if err != nil {
		return nil, err
	}
	defer c.conn.Close()
	return c.do(request)
}

// json sends a request and decodes its answer.
func (c *client) json(request []byte, out any) error {
	body, err := c.do(request)
	if err != nil {
		return err
	}
	return json.Unmarshal(body, out)
}
