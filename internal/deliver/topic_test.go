package deliver_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/poolhouse-id/poolhouse/internal/deliver"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

func TestTopics(t *testing.T) {
	t.Parallel()
	status := http.StatusOK
	var form, scope string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		form, scope = r.PostForm.Encode(), r.Header.Get("Authorization")
		w.WriteHeader(status)
		if status == http.StatusOK {
			_, _ = w.Write([]byte(`<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>`))
			return
		}
		_, _ = w.Write([]byte(`<ErrorResponse><Error><Type>Sender</Type><Code>NotFound</Code><Message>no</Message></Error></ErrorResponse>`))
	}))
	defer srv.Close()
	topics := deliver.NewTopics(aws.Config{Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("a", "b", "")}, srv.URL)
	m := &store.Message{Destination: "arn:aws:sns:eu-west-1:123456789012:t", Body: "hello"}
	if err := topics.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(form, "Message=hello") || !strings.Contains(form, "TopicArn=arn%3Aaws%3Asns%3Aeu-west-1%3A123456789012%3At") || !strings.Contains(scope, "/eu-west-1/sns/") {
		t.Errorf("%s %s", form, scope)
	}
	for code, permanent := range map[int]bool{http.StatusNotFound: true, http.StatusForbidden: false, http.StatusInternalServerError: false} {
		status = code
		if err := topics.Send(t.Context(), m); err == nil || deliver.IsPermanent(err) != permanent {
			t.Errorf("%d: %v", code, err)
		}
	}
}
