// Package iam is AWS Identity and Access Management: policies, roles, users,
// groups, access keys and identity providers, and the decision whether a
// verified caller may do what a call needs.
//
// [New] makes the service over a store. [Service.Table] gives its operations to
// the server; [Service.AccessKey] finds who signed with a long-term key, and
// [Service.Authorize] decides every signed call of all services.
//
// IAM is global: everything belongs to an account and to no region. Names of
// users, groups, roles, instance profiles and policies are unique without
// regard to case, and keep their case.
//
// AWS's managed policies exist with AWS's ARNs. The built-in ones are those
// that users of Cognito, Lambda and common infrastructure tools meet, each
// allowing what its namesake is for; Config.ManagedPolicies adds more, or
// replaces them, from JSON files, each an array of
//
//	{"Path": "/service-role/", "Name": "...", "Description": "...", "Version": 3, "Document": {...}}
//
// or the output of aws iam get-account-authorization-details --filter
// AWSManagedPolicy.
//
// Nothing is eventually consistent: a change acts on the next call on every
// node, since every call compares the account's revision, which each change
// increases, with that of the compiled policies in memory.
package iam
