/* SPDX-License-Identifier: MIT */
#include "daemon/entry.h"

#include <errno.h>
#include <lber.h>
#include <string.h>

#include "lib/core/text.h"

#define TAG_OCTETS   0x04
#define TAG_SEQUENCE 0x30
#define TAG_SET      0x31

/*
 * libldap's own decoders allocate for each attribute, twenty times an entry. BER of which we take three tags with
 * definite lengths is little enough to be walked in place.
 */
static int take_element(Slice *rest, uint8_t tag, Slice *ret)
{
        const uint8_t *data = rest->data;
        size_t size, header = 2;

        if (rest->size < header || data[0] != tag)
                return -EBADMSG;

        size = data[1];
        if (size & 0x80) {
                size_t n = size & 0x7f;

                /* 0 is the indefinite form, which LDAP forbids; and no message is longer than four bytes can say. */
                if (n == 0 || n > 4 || rest->size < header + n)
                        return -EBADMSG;

                size = 0;
                for (size_t i = 0; i < n; i++)
                        size = size << 8 | data[header + i];
                header += n;
        }

        if (size > rest->size - header)
                return -EBADMSG;

        *ret = (Slice){ data + header, size };
        *rest = (Slice){ data + header + size, rest->size - header - size };
        return 0;
}

static AttributeId find_attribute(Slice description, const AttributeSet *requested)
{
        const uint8_t *option = memchr(description.data, ';', description.size);
        AttributeId id;

        /* ";binary" and ";range=0-1499" say how the values were sent, not what they are. */
        id = attribute_find((const char *)description.data,
                            option ? (size_t)(option - description.data) : description.size);

        return id != ATTRIBUTE_NONE && attribute_set_has(requested, id) ? id : ATTRIBUTE_NONE;
}

static int decode_attribute(Slice attribute, const AttributeSet *requested, Object *object)
{
        Slice description, values, value;
        AttributeId id;
        int r;

        r = take_element(&attribute, TAG_OCTETS, &description);
        if (r == 0)
                r = take_element(&attribute, TAG_SET, &values);
        if (r < 0)
                return r;

        id = find_attribute(description, requested);
        while (values.size > 0) {
                r = take_element(&values, TAG_OCTETS, &value);
                if (r == 0 && id != ATTRIBUTE_NONE)
                        r = object_add(object, id, value.data, value.size);
                if (r < 0)
                        return r;
        }

        return 0;
}

int entry_decode_attributes(const uint8_t *data, size_t size, const AttributeSet *requested,
                            Object *object)
{
        Slice rest = { data, size }, attribute;
        int r;

        while (rest.size > 0) {
                r = take_element(&rest, TAG_SEQUENCE, &attribute);
                if (r == 0)
                        r = decode_attribute(attribute, requested, object);
                if (r < 0)
                        return r;
        }

        return 0;
}

/* liblber hands out one attribute at a time, in place. */
static int decode_rest(BerElement *ber, const AttributeSet *requested, Object *object)
{
        ber_len_t left;

        while (ber_get_option(ber, LBER_OPT_BER_REMAINING_BYTES, &left) == LBER_OPT_SUCCESS &&
               left > 0) {
                struct berval attribute;
                int r;

                if (ber_skip_element(ber, &attribute) != TAG_SEQUENCE)
                        return -EBADMSG;

                r = decode_attribute((Slice){ (const uint8_t *)attribute.bv_val, attribute.bv_len },
                                     requested, object);
                if (r < 0)
                        return r;
        }

        return 0;
}

int entry_decode(LDAP *handle, LDAPMessage *message, const AttributeSet *requested, Object *object)
{
        BerElement *ber = NULL;
        struct berval dn;
        int r;

        object_reset(object);

        if (ldap_get_dn_ber(handle, message, &ber, &dn) != LDAP_SUCCESS) {
                ber_free(ber, 0);
                return -EBADMSG;
        }

        r = object_set_dn(object, dn.bv_val, dn.bv_len);
        if (r == 0)
                r = decode_rest(ber, requested, object);
        ber_free(ber, 0);
        if (r < 0)
                return r;

        object->known = *requested;
        return object_seal(object);
}
