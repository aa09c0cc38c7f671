/* SPDX-License-Identifier: MIT */
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/fakedc/server.h"

static void must(int ok)
{
        if (ok <= 0)
                abort();
}

static void add_extension(X509 *certificate, X509 *issuer, int nid, const char *value)
{
        X509_EXTENSION *extension;
        X509V3_CTX context;

        X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
        extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
        must(extension != NULL);
        must(X509_add_ext(certificate, extension, -1));
        X509_EXTENSION_free(extension);
}

static X509 *make_certificate(const char *name, EVP_PKEY *key, long begin, long end)
{
        X509 *certificate = X509_new();
        X509_NAME *subject = X509_get_subject_name(certificate);

        must(X509_set_version(certificate, 2));
        must(ASN1_INTEGER_set(X509_get_serialNumber(certificate),
                              (long)getpid() * 2 + (begin & 1)));
        must(X509_gmtime_adj(X509_getm_notBefore(certificate), begin) != NULL);
        must(X509_gmtime_adj(X509_getm_notAfter(certificate), end) != NULL);
        must(X509_set_pubkey(certificate, key));
        must(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name,
                                        -1, -1, 0));
        return certificate;
}

static void sign(X509 *certificate, X509 *issuer, EVP_PKEY *key)
{
        must(X509_set_issuer_name(certificate, X509_get_subject_name(issuer)));
        must(X509_sign(certificate, key, EVP_sha256()));
}

static void write_pem(const char *path, X509 *certificate)
{
        FILE *file = fopen(path, "we");

        must(file != NULL);
        must(PEM_write_X509(file, certificate));
        must(fclose(file) == 0);
}

SSL_CTX *certificate_context(const char *names, const char *ca_path, bool is_expired, bool is_old)
{
        EVP_PKEY *ca_key = EVP_EC_gen("P-256"), *key = EVP_EC_gen("P-256");
        SSL_CTX *context = SSL_CTX_new(TLS_server_method());
        X509 *ca, *certificate;

        must(ca_key && key && context);

        ca = make_certificate("fakedc CA", ca_key, -7200, 86400);
        add_extension(ca, ca, NID_basic_constraints, "critical,CA:TRUE");
        add_extension(ca, ca, NID_key_usage, "critical,keyCertSign,cRLSign");
        sign(ca, ca, ca_key);
        write_pem(ca_path, ca);

        certificate = make_certificate("fakedc", key, -7201, is_expired ? -3600 : 86400);
        add_extension(certificate, ca, NID_basic_constraints, "critical,CA:FALSE");
        add_extension(certificate, ca, NID_ext_key_usage, "serverAuth");
        add_extension(certificate, ca, NID_subject_alt_name, names);
        sign(certificate, ca, ca_key);

        must(SSL_CTX_use_certificate(context, certificate));
        must(SSL_CTX_use_PrivateKey(context, key));
        must(SSL_CTX_set_cipher_list(context, is_old ? "ALL:@SECLEVEL=0" : "DEFAULT"));
        must(SSL_CTX_set_min_proto_version(context, is_old ? TLS1_VERSION : TLS1_2_VERSION));
        must(SSL_CTX_set_max_proto_version(context, is_old ? TLS1_1_VERSION : 0));

        X509_free(ca);
        X509_free(certificate);
        EVP_PKEY_free(ca_key);
        EVP_PKEY_free(key);
        return context;
}
