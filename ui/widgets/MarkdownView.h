// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/markdown/MarkdownDocument.h"

#include <QElapsedTimer>
#include <QTextBrowser>
#include <QTimer>

#include <memory>

namespace fairlead::ui {

/// Shows Markdown as it arrives. Stays at the end only while the reader is at the end. Rendering is paced: if
/// laying out the open block takes long, it happens less often, so that many streams never starve the window.
class MarkdownView : public QTextBrowser
{
    Q_OBJECT
public:
    explicit MarkdownView(QWidget *parent = nullptr);
    ~MarkdownView() override;

    void append(const QByteArray &utf8);
    void setMarkdownSource(const QByteArray &utf8);
    void clearAll();
    /// Renders what is still waiting, now.
    void flush();
    [[nodiscard]] QByteArray source() const;
    /// Prose is at most this many characters wide.
    static constexpr int kMostCharacters = 80;

    QVariant loadResource(int type, const QUrl &name) override;

protected:
    void paintEvent(QPaintEvent *event) override;
    void changeEvent(QEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    void openLink(const QUrl &url);
    void applyWidth();
    [[nodiscard]] MarkdownStyle makeStyle() const;
    [[nodiscard]] QRectF blockRect(const QTextBlock &block) const;
    void paintCode(QPainter &painter, QTextBlock &block, const QPointF &offset) const;

    std::unique_ptr<MarkdownDocument> m_markdown;
    QByteArray m_waiting;
    QTimer m_pace;
};

} // namespace fairlead::ui
