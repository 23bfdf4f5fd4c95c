# frozen_string_literal: true

class DocumentsController < ApplicationController
  before_action :authenticate_user!
  before_action :set_document, only: %i[show]
  before_action :set_own_document, only: %i[update destroy]

  def index
    @documents = Document.readable_by(current_user).order(updated_at: :desc)
  end

  def show; end

  def update
    if @document.update(document_params)
      redirect_to @document
    else
      render :edit, status: :unprocessable_entity
    end
  end

  def destroy
    @document.destroy!
    redirect_to documents_path
  end

  private

  def set_document
    @document = Document.readable_by(current_user).find(params[:id])
  end

  def set_own_document
    @document = current_user.documents.find(params[:id])
  end

  def document_params
    params.require(:document).permit(:title, :body)
  end
end
