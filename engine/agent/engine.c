/* SPDX-License-Identifier: MIT */
/* One engine: the floors below put together over a borrowed loop. */
#include "agent/engine.h"

#include <string.h>

#include "agent/session_private.h"
#include "base/err.h"
#include "base/mem.h"

int engine_new(struct engine **out, struct loop *loop,
               const struct engine_options *options)
{
    struct engine *e = mem_zalloc(sizeof(*e));
    size_t n = options->run_id.n < RUN_ID_MAX ? options->run_id.n : RUN_ID_MAX;
    int err;

    *out = NULL;
    e->refs = 1;
    e->loop = loop;
    rng_init(&e->rng, options->seed, options->stream);
    if (slice_present(options->run_id))
        memcpy(e->run_id, options->run_id.p, n);
    list_init(&e->agents);
    hash_init(&e->merged);
    e->merged_seeds[0] = rng_entropy(); /* peers choose what is hashed */
    e->merged_seeds[1] = rng_entropy();
    e->dialogs = dialog_table_new();
    e->resolver = resolver_new();
    err = digest_new(&e->digest);
    if (!err)
        err = tx_layer_new(&e->tx, loop, &reception_ops, e);
    if (err) {
        engine_free(e);
        return err;
    }
    *out = e;
    return ERR_NONE;
}

/* Objects that a script still refers to keep their agent, and that keeps the
 * counters which they leave: only memory is left by then. */
void engine_unref(struct engine *e)
{
    if (--e->refs)
        return;
    blocks_fini(&e->blocks);
    mem_free(e);
}

void engine_free(struct engine *e)
{
    if (!e)
        return;
    for (struct list *node; (node = list_first(&e->agents));)
        ua_close(container_of(node, struct ua, engine_link));
    tx_layer_free(e->tx);
    hash_fini(&e->merged);
    hash_fini(&e->waits);
    dialog_table_free(e->dialogs);
    digest_free(e->digest);
    resolver_free(e->resolver);
    buf_fini(&e->scratch);
    compose_parts_fini(&e->parts);
    engine_unref(e);
}

struct net *engine_net(const struct engine *e)
{
    return tx_layer_net(e->tx);
}

struct tx_layer *engine_transactions(const struct engine *e)
{
    return e->tx;
}

struct rng *engine_rng(struct engine *e)
{
    return &e->rng;
}

struct digest *engine_digest(const struct engine *e)
{
    return e->digest;
}

void engine_count(const struct engine *e, struct engine_objects *out)
{
    const struct tx_counters *tx = tx_counters(e->tx);

    *out = (struct engine_objects){
        .agents = e->agent_count,
        .requests = e->requests,
        .incoming = e->incoming,
        .sessions = e->sessions,
        .subscriptions = e->subscriptions,
        .dialogs = dialog_table_count(e->dialogs),
        .transactions = tx->live,
        .lingering = tx->lingering,
        .sockets = net_socket_count(engine_net(e)),
    };
}

void engine_on_drop(struct engine *e, engine_drop_fn *fn, void *arg)
{
    e->on_drop = fn;
    e->drop_arg = arg;
}

void engine_drop(struct engine *e, const char *reason, struct slice bytes,
                 const struct addr *from)
{
    e->drops++;
    if (e->on_drop)
        e->on_drop(e->drop_arg, reason, bytes, from);
}

uint64_t engine_drops(const struct engine *e)
{
    return e->drops;
}

size_t engine_token(struct engine *e, char out[ID_MAX], size_t n)
{
    size_t prefix = strlen(e->run_id);

    memcpy(out, e->run_id, prefix);
    rng_token(&e->rng, out + prefix, n);
    return prefix + n;
}
