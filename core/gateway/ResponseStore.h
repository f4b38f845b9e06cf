// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QHash>

#include <list>
#include <memory>
#include <vector>

namespace fairlead::gateway {

/// The responses this server gave and may be asked about again (`store`, `previous_response_id`). In memory,
/// capped by number and by bytes, the least recently used goes first. Every app has its own: what one was
/// told no other can read.
class ResponseStore
{
public:
    struct Limits {
        std::size_t count = 1000;
        qsizetype bytes = 64 * 1024 * 1024;
    };

    /// One request and its answer, and those before it. The turns of a conversation are shared between the
    /// responses that build on them.
    class Turn
    {
    public:
        Turn(QByteArray input, QByteArray output, std::shared_ptr<Turn> before);
        ~Turn();
        Q_DISABLE_COPY_MOVE(Turn)

        [[nodiscard]] const QByteArray &input() const { return m_input; }
        [[nodiscard]] const QByteArray &output() const { return m_output; }
        [[nodiscard]] const Turn *before() const { return m_before.get(); }

    private:
        friend class ResponseStore;
        QByteArray m_input; ///< items as JSON with commas
        QByteArray m_output; ///< likewise
        std::shared_ptr<Turn> m_before;
        std::shared_ptr<qsizetype> m_counter; ///< of the store that keeps it
    };

    struct Entry {
        QByteArray app;
        QByteArray id;
        QByteArray maker; ///< id of the provider that knows it too; empty if it was translated
        QByteArray json; ///< the response object as the caller got it
        std::shared_ptr<Turn> turn;
        bool isWhole = true; ///< the turns go back to the beginning of the conversation
        std::vector<QByteArray> itemIds; ///< of its output
    };

    ResponseStore();
    explicit ResponseStore(Limits limits);

    void add(Entry entry);
    /// nullptr if this app was given no such response, or it is forgotten.
    [[nodiscard]] const Entry *find(const QByteArray &app, const QByteArray &id);
    /// The response of this app whose output has that item.
    [[nodiscard]] const Entry *findItem(const QByteArray &app, const QByteArray &itemId);
    /// True if another app, and not this one, was given it.
    [[nodiscard]] bool isForeign(const QByteArray &app, const QByteArray &id) const;
    bool remove(const QByteArray &app, const QByteArray &id);

    [[nodiscard]] std::size_t count() const { return m_entries.size(); }
    [[nodiscard]] qsizetype bytes() const { return m_entryBytes + *m_turnBytes; }

private:
    using Entries = std::list<Entry>; // the most recently used first
    [[nodiscard]] static QByteArray key(const QByteArray &app, const QByteArray &id);
    [[nodiscard]] const Entry *use(QHash<QByteArray, Entries::iterator> &index, const QByteArray &key);
    void erase(Entries::iterator entry);

    Limits m_limits;
    Entries m_entries;
    QHash<QByteArray, Entries::iterator> m_byId;
    QHash<QByteArray, Entries::iterator> m_byItem;
    QHash<QByteArray, int> m_owners; ///< how many apps have a response of that id
    qsizetype m_entryBytes = 0;
    std::shared_ptr<qsizetype> m_turnBytes;
};

} // namespace fairlead::gateway
