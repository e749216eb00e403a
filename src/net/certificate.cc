#include "net/certificate.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>

namespace mk::net {
namespace {

template <class T, void (*Free)(T*)>
struct Freer {
  void operator()(T* p) const { Free(p); }
};
using Key = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY, EVP_PKEY_free>>;
using Cert = std::unique_ptr<X509, Freer<X509, X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Freer<X509_EXTENSION, X509_EXTENSION_free>>;
struct BioFree {
  void operator()(BIO* p) const { BIO_free(p); }
};
using Bio = std::unique_ptr<BIO, BioFree>;

Error refused(const char* step) {
  return {Code::kInternal, fmt::format("self-signed certificate: {} failed", step)};
}

bool is_address(const std::string& name) {
  return name.find_first_not_of("0123456789.:abcdefABCDEF") == std::string::npos;
}

std::string alternative_names(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& n : names)
    out += fmt::format("{}{}:{}", out.empty() ? "" : ",", is_address(n) ? "IP" : "DNS", n);
  return out;
}

bool add_extension(X509* cert, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, cert, cert, nullptr, nullptr, 0);
  const Extension e(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  return e && X509_add_ext(cert, e.get(), -1) == 1;
}

void set_validity(X509* cert, int days) {
  constexpr long kDay = 24 * 3600;
  X509_gmtime_adj(X509_getm_notBefore(cert), days < 0 ? 2 * days * kDay : -kDay);
  X509_gmtime_adj(X509_getm_notAfter(cert), days * kDay);
}

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long n = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(n)};
}

}  // namespace

Result<Certificate> make_self_signed(const std::vector<std::string>& names, int days) {
  const Key key(EVP_EC_gen("P-256"));
  const Cert cert(X509_new());
  if (!key || !cert) return refused("key");
  X509_set_version(cert.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(cert.get()), 1);
  set_validity(cert.get(), days);
  X509_NAME* subject = X509_get_subject_name(cert.get());
  const std::string common = names.empty() ? "localhost" : names.front();
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(common.c_str()), -1, -1, 0);
  X509_set_issuer_name(cert.get(), subject);
  X509_set_pubkey(cert.get(), key.get());
  if (!add_extension(cert.get(), NID_basic_constraints, "critical,CA:TRUE") ||
      (!names.empty() && !add_extension(cert.get(), NID_subject_alt_name, alternative_names(names))))
    return refused("extension");
  if (X509_sign(cert.get(), key.get(), EVP_sha256()) == 0) return refused("signature");
  const Bio cert_text(BIO_new(BIO_s_mem())), key_text(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_X509(cert_text.get(), cert.get()) != 1 ||
      PEM_write_bio_PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1)
    return refused("PEM");
  return Certificate{text_of(cert_text.get()), text_of(key_text.get())};
}

}  // namespace mk::net
