// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/MarkdownView.h"

#include "ui/Theme.h"

#include <QAbstractTextDocumentLayout>
#include <QApplication>
#include <QDesktopServices>
#include <QEvent>
#include <QPainter>
#include <QScrollBar>
#include <QTextBlock>
#include <QTextTable>

#include <algorithm>

namespace fairlead::ui {

namespace {

constexpr int kFrameMs = 16;
// The share of time one view may spend on layout while it streams is 1 in this many.
constexpr int kPaceFactor = 12;
constexpr int kSlowestMs = 500;

markdown::Kind kindOf(const QTextBlock &block)
{
    return static_cast<markdown::Kind>(block.blockFormat().intProperty(markdown::KindProperty));
}

} // namespace

MarkdownView::MarkdownView(QWidget *parent)
    : QTextBrowser(parent)
    , m_markdown(std::make_unique<MarkdownDocument>(*document(), makeStyle()))
{
    setOpenLinks(false);
    setFrameShape(QFrame::NoFrame);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setLineWrapMode(QTextEdit::FixedPixelWidth);
    document()->setDocumentMargin(Theme::space(this, 12));
    setTextInteractionFlags(Qt::TextBrowserInteraction);
    m_pace.setSingleShot(true);
    connect(&m_pace, &QTimer::timeout, this, &MarkdownView::flush);
    connect(this, &QTextBrowser::anchorClicked, this, &MarkdownView::openLink);
}

MarkdownView::~MarkdownView() = default;

MarkdownStyle MarkdownView::makeStyle() const
{
    const Theme theme = Theme::of(this);
    MarkdownStyle style;
    style.body = Theme::font(this, Theme::Type::Body);
    style.fixed = Theme::fixedFont(this);
    style.text = theme.text();
    style.muted = theme.muted();
    style.link = theme.link();
    style.inset = theme.inset();
    style.hairline = theme.hairline();
    style.step = Theme::space(this, 4);
    return style;
}

void MarkdownView::append(const QByteArray &utf8)
{
    m_waiting += utf8;
    if (!m_pace.isActive())
        m_pace.start(m_pace.interval() > 0 ? m_pace.interval() : kFrameMs);
}

void MarkdownView::setMarkdownSource(const QByteArray &utf8)
{
    clearAll();
    m_waiting = utf8;
    flush();
}

void MarkdownView::clearAll()
{
    m_pace.stop();
    m_pace.setInterval(0);
    m_waiting.clear();
    m_markdown->clear();
}

void MarkdownView::flush()
{
    m_pace.stop();
    if (m_waiting.isEmpty())
        return;
    QElapsedTimer spent;
    spent.start();
    QScrollBar *bar = verticalScrollBar();
    const bool following = bar->value() >= bar->maximum() - Theme::space(this, 4);
    const int place = bar->value();
    m_markdown->append(std::exchange(m_waiting, QByteArray()));
    bar->setValue(following ? bar->maximum() : place);
    m_pace.setInterval(std::clamp(static_cast<int>(spent.elapsed()) * kPaceFactor, kFrameMs, kSlowestMs));
}

QByteArray MarkdownView::source() const
{
    return m_markdown->source() + m_waiting;
}

QVariant MarkdownView::loadResource(int, const QUrl &)
{
    return QVariant();
}

void MarkdownView::openLink(const QUrl &url)
{
    // A model's text must not start programs: only what a browser or a mail program opens.
    const QString scheme = url.scheme().toLower();
    if (scheme == QLatin1String("http") || scheme == QLatin1String("https")
        || scheme == QLatin1String("mailto"))
        QDesktopServices::openUrl(url);
}

void MarkdownView::applyWidth()
{
    const int most = fontMetrics().averageCharWidth() * kMostCharacters + 2 * Theme::space(this, 12);
    const int width = std::min(viewport()->width(), most);
    if (lineWrapColumnOrWidth() != width)
        setLineWrapColumnOrWidth(width);
}

void MarkdownView::resizeEvent(QResizeEvent *event)
{
    QScrollBar *bar = verticalScrollBar();
    const bool following = bar->value() >= bar->maximum() - Theme::space(this, 4);
    applyWidth();
    QTextBrowser::resizeEvent(event);
    if (following)
        bar->setValue(bar->maximum());
}

void MarkdownView::changeEvent(QEvent *event)
{
    QTextBrowser::changeEvent(event);
    if (m_markdown && (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange)) {
        const int place = verticalScrollBar()->value();
        m_markdown->setStyle(makeStyle());
        applyWidth();
        verticalScrollBar()->setValue(place);
    }
}

QRectF MarkdownView::blockRect(const QTextBlock &block) const
{
    return document()->documentLayout()->blockBoundingRect(block);
}

/// One rounded ground behind all lines of a listing; leaves `block` at its last line.
void MarkdownView::paintCode(QPainter &painter, QTextBlock &block, const QPointF &offset) const
{
    const QRectF first = blockRect(block);
    // A listing's last line has the bottom margin; the next listing begins behind it.
    while (block.blockFormat().bottomMargin() == 0 && block.next().isValid()
           && kindOf(block.next()) == markdown::Code)
        block = block.next();
    const QRectF last = blockRect(block);
    const qreal pad = Theme::space(this, 8);
    const qreal left
        = document()->documentMargin() + block.blockFormat().doubleProperty(markdown::InsetProperty);
    const qreal right = document()->textWidth() - document()->documentMargin();
    const QRectF ground(left, first.top() - pad, right - left, last.bottom() - first.top() + 2 * pad);
    painter.setPen(Qt::NoPen);
    painter.setBrush(Theme::of(this).inset());
    painter.drawRoundedRect(ground.translated(offset), Theme::kRadius, Theme::kRadius);
}

void MarkdownView::paintEvent(QPaintEvent *event)
{
    const Theme theme = Theme::of(this);
    const QPointF offset(-horizontalScrollBar()->value(), -verticalScrollBar()->value());
    QPainter painter(viewport());
    painter.setRenderHint(QPainter::Antialiasing);
    QTextBlock block = cursorForPosition(QPoint(0, 0)).block();
    while (kindOf(block) == markdown::Code && block.previous().isValid()
           && kindOf(block.previous()) == markdown::Code)
        block = block.previous();
    const qreal margin = document()->documentMargin();
    const qreal step = Theme::space(this, 4);
    for (; block.isValid(); block = block.next()) {
        const QRectF rect = blockRect(block);
        if (rect.top() + offset.y() > viewport()->height())
            break;
        if (kindOf(block) == markdown::Code)
            paintCode(painter, block, offset);
        if (kindOf(block) == markdown::Rule) {
            painter.setPen(QPen(theme.hairline(), 1));
            const qreal y = std::round(rect.center().y() + offset.y()) + 0.5;
            painter.drawLine(QPointF(margin, y), QPointF(document()->textWidth() - margin, y));
        }
        const int quotes = block.blockFormat().intProperty(markdown::QuoteProperty);
        for (int depth = 0; depth < quotes; ++depth) {
            painter.setPen(Qt::NoPen);
            painter.setBrush(Theme::mix(theme.surface(), theme.text(), 0.25));
            const QRectF bar(margin + depth * 4 * step, rect.top() - step, 3, rect.height() + 2 * step);
            painter.drawRoundedRect(bar.translated(offset), 1.5, 1.5);
        }
    }
    painter.end();
    QTextBrowser::paintEvent(event);
}

} // namespace fairlead::ui
